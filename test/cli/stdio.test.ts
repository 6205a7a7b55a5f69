import {execFileSync} from 'node:child_process'
import {closeSync, constants, openSync, readSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {PassThrough} from 'node:stream'
import {expect} from 'chai'

import {Stdout} from '../../src/cli/stdio.js'
import {useSandbox} from '../support/use.js'

describe('stdout', () => {
  const sandbox = useSandbox()
  let opened: PassThrough[] = []
  let pipe: number

  const create = (fd: number) =>
    new Stdout(fd, () => {
      opened.push(new PassThrough())
      return opened[0] as unknown as NodeJS.WriteStream
    })

  /** Reads what was passed to the stream: from Node.js 26 on, one piece at a time. */
  const passed = () => {
    const pieces: Buffer[] = []
    for (;;) {
      const piece = opened[0]!.read() as Buffer | null
      if (piece === null) return Buffer.concat(pieces).toString()
      pieces.push(piece)
    }
  }

  /** Reads what is in the pipe. */
  const received = () => {
    const bytes = Buffer.alloc(1024 * 1024)
    return bytes.toString('utf8', 0, readSync(pipe, bytes))
  }

  beforeEach(() => {
    opened = []
    const path = join(sandbox.dir, 'pipe')
    execFileSync('mkfifo', [path])
    pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  })

  afterEach(() => closeSync(pipe))

  it('writes a short text without its stream', async () => {
    const stdout = create(pipe)
    expect(stdout.write('é\n')).to.equal(true)
    expect(stdout.isTTY).to.equal(false)
    await stdout.flush()
    expect({received: received(), opened}).to.deep.equal({received: 'é\n', opened: []})
  })

  it('passes a long text, and all after it, to its stream', () => {
    const stdout = create(pipe)
    const long = 'x'.repeat(100_000)
    stdout.write(long)
    stdout.write('end')
    expect(passed() === `${long}end`).to.equal(true)
  })

  it('passes on what a full pipe does not take', () => {
    const full = Buffer.alloc(4096, '-')
    let size = 0
    const fill = () => {
      for (;;) size += writeSync(pipe, full)
    }

    expect(fill).to.throw('EAGAIN')
    const stdout = create(pipe)
    stdout.write('first ')
    received()
    stdout.write('second')
    expect({size: size > 0, text: passed()}).to.deep.equal({size: true, text: 'first second'})
  })

  it('is lost when its reader has left', () => {
    const path = join(sandbox.dir, 'left')
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const writer = openSync(path, constants.O_WRONLY)
    closeSync(reader)
    try {
      const stdout = create(writer)
      expect(stdout.isLost).to.equal(false)
      expect(stdout.write('text')).to.equal(true)
      expect(stdout.write('x'.repeat(100_000))).to.equal(true)
      expect({isLost: stdout.isLost, opened}).to.deep.equal({isLost: true, opened: []})
    } finally {
      closeSync(writer)
    }
  })
})
