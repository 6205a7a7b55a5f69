import manifest from '../oclif.manifest.json' with {type: 'json'}
import packageJson from '../package.json' with {type: 'json'}
import {completionText} from '../src/cli/completion/run.js'
import type {CommandSpec} from '../src/cli/line/spec.js'
import {stdout} from '../src/cli/stdio.js'

stdout.write(
  completionText(
    Object.values(manifest.commands) as unknown as CommandSpec[],
    process.argv.slice(3),
    packageJson.oclif,
  ),
)
