import {expect} from 'chai'

import {endsWithCaller, serviceOf} from '../../../src/lib/process/control-group.js'

describe('the control group of a process', () => {
  const ROWS: [cgroup: string, unit: string | undefined, user?: boolean][] = [
    ['0::/system.slice/runner.service\n', 'runner.service', false],
    ['0::/system.slice/runner.service/worker\n', 'runner.service', false],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/emacs.service\n', 'emacs.service', true],
    ['12:pids:/x.service\n1:name=systemd:/system.slice/cron.service\n', 'cron.service', false],
    ['0::/user.slice/user-1000.slice/session-3.scope\n', undefined],
    ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-1.scope\n', undefined],
    ['0::/user.slice/user-1000.slice/user@1000.service/init.scope\n', undefined],
    ['0::/user.slice/user-1000.slice/user@1000.service\n', undefined],
    ['0::/system.slice/docker-0123.scope\n', undefined],
    ['0::/\n', undefined],
    ['', undefined],
    ['garbage', undefined],
  ]
  for (const [cgroup, unit, user] of ROWS) {
    it(`${JSON.stringify(cgroup)}: ${unit ?? 'no service'}`, () => {
      expect(serviceOf(cgroup)).to.deep.equal(unit === undefined ? undefined : {unit, user})
    })
  }

  for (const [mode, words] of [
    ['control-group', /^The server ends with runner\.service/],
    ['mixed', /^The server ends with runner\.service/],
    [undefined, /^The server may end with runner\.service/],
    ['process', undefined],
    ['none', undefined],
  ] as const) {
    it(`is reported with KillMode ${mode}: ${words ? 'a warning' : 'nothing'}`, () => {
      const said = endsWithCaller({killMode: () => mode, readCgroup: () => '0::/system.slice/runner.service\n'})
      expect(said).to.have.length(words ? 1 : 0)
      if (words) expect(said[0]).to.match(words).and.include('systemd-run --user --scope')
    })
  }

  it('reads nothing outside of a service', () => {
    const killMode = () => {
      throw new Error('asked')
    }

    expect(endsWithCaller({killMode, readCgroup: () => '0::/user.slice/session-1.scope'})).to.deep.equal([])
    expect(endsWithCaller({killMode, readCgroup: () => undefined})).to.deep.equal([])
  })
})
