import {main} from '../src/worker/main.js'

process.exit(await main(process.argv.slice(2)))
