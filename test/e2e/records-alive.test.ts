import {describeRecords} from './record-rows.js'

describeRecords(true)
