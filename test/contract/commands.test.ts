import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'
import type {PluginOptions} from '@oclif/core/interfaces'
import {expect} from 'chai'

const {compiledCommands} = (await import(new URL('../../scripts/compiled-commands.js', import.meta.url).href)) as {
  compiledCommands(): PluginOptions
}

const SNAPSHOT = fileURLToPath(new URL('commands.snapshot.json', import.meta.url))

/** The commands and flags that scripts rely on: without the words that explain them. */
async function commandLine(): Promise<object[]> {
  const plugin = new Plugin(compiledCommands())
  await plugin.load()
  return Object.values(plugin.manifest.commands)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({aliases, args, flags, hidden, id}) => ({
      aliases,
      args: Object.keys(args),
      command: id.replaceAll(':', ' '),
      flags: Object.values(flags)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((flag) => ({
          aliases: flag.aliases,
          char: flag.char,
          charAliases: flag.charAliases,
          default: flag.default,
          dependsOn: flag.dependsOn,
          env: flag.env,
          exclusive: flag.exclusive,
          multiple: flag.type === 'option' ? flag.multiple : undefined,
          name: flag.name,
          options: flag.type === 'option' ? flag.options : undefined,
          required: flag.required,
          type: flag.type,
        })),
      hidden,
    }))
}

describe('the command line', () => {
  it('is the one that is on record; `npm run snapshot` records another', async () => {
    const now = `${JSON.stringify(await commandLine(), undefined, 2)}\n`
    if (process.env['UPDATE_SNAPSHOT']) writeFileSync(SNAPSHOT, now)
    expect(JSON.parse(now)).to.deep.equal(JSON.parse(readFileSync(SNAPSHOT, 'utf8')))
  })

  it('shows --show-token and --no-pager where they have an effect, and accepts them everywhere', async () => {
    const plugin = new Plugin(compiledCommands())
    await plugin.load()
    const commands = Object.values(plugin.manifest.commands).filter(({flags}) => flags['show-token'])
    expect(commands.length).to.be.greaterThan(20)
    for (const {flags, id} of commands) {
      const source = readFileSync(new URL(`../../src/commands/${id.replaceAll(':', '/')}.ts`, import.meta.url), 'utf8')
      expect(!flags['show-token']!.hidden, id).to.equal(source.includes('hideToken('))
      expect(!flags['no-pager']!.hidden, id).to.equal(/printLong\(|CallCommand|callCommand/.test(source))
    }
  })
})
