import {main} from '../src/server/main.js'

process.exit(await main(process.argv.slice(2)))
