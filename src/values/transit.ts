export {decodeTransit, TransitError} from './transit-read.js'
export {encodeTransit, encodeTransitInSteps} from './transit-write.js'
