import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {expect} from 'chai'

import {helpText} from '../../src/cli/help.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

describe('the help', () => {
  let config: Config
  let ids: string[]

  beforeEach(async () => {
    config = await Config.load(ROOT) // anew: oclif writes into it
    ids = [...config.commandIDs]
  })

  it('describes each command', async () => {
    const root = await helpText(config, [], true)
    for (const line of root.split('\n')) expect(line).not.to.match(/^ {2}[a-z]+( [a-z]+)*$/)
    for (const id of ids) expect(root).to.match(new RegExp(`^ {2}${id.replaceAll(':', ' ')} {2,}\\S`, 'm'))
  })

  it('fits 80 columns, at word boundaries', async () => {
    for (const path of [[], ['server'], ['graph'], ...ids.map((id) => id.split(':'))]) {
      const text = await helpText(await Config.load(ROOT), path, false)
      for (const line of text.split('\n')) expect(line.length, `${path.join(' ')}: ${line}`).to.be.at.most(80)
      expect(text).not.to.match(/undefined|<%/)
    }
  })

  for (const columns of [0, 1, 20, 40, 60]) {
    it(`keeps words whole in a terminal of ${columns} columns`, async () => {
      const shown = Object.getOwnPropertyDescriptor(process.stdout, 'columns')
      try {
        for (const path of [[], ['server'], ['graph'], ...ids.map((id) => id.split(':'))]) {
          process.stdout.columns = 80
          const whole = await helpText(await Config.load(ROOT), path, false)
          process.stdout.columns = columns
          const text = await helpText(await Config.load(ROOT), path, false)
          expect(text).not.to.match(/undefined|<%/)
          const words = (help: string) => help.replace(/^MORE$.*/ms, '').split(/[\s\\]+/)
          expect(words(text).filter(Boolean), path.join(' ')).to.deep.equal(words(whole).filter(Boolean))
          for (const line of text
            .split(/^EXAMPLES$.*?(?=^\S)/ms)
            .join('')
            .split('\n')) {
            if (line.length > (columns || 80)) expect(line.trim(), line).not.to.match(/\s/)
          }
        }
      } finally {
        if (shown) Object.defineProperty(process.stdout, 'columns', shown)
        else Reflect.deleteProperty(process.stdout, 'columns')
      }
    })
  }

  it('lists aliases, and has rare flags in a group of their own', async () => {
    const text = await helpText(config, ['server', 'start'], false)
    expect(text)
      .to.match(/Also: -g,\s+--graph/)
      .and.match(/^GLOBAL FLAGS$/m)
    expect(/^ADVANCED FLAGS$(.*)^DESCRIPTION$/ms.exec(text)?.[1])
      .to.include('--worker-script')
      .and.include('--owner-id')
      .and.not.include('--repo')
  })
})
