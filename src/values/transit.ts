export {type CollectionKind, TransitItems} from './transit-items.js'
export {TransitError} from './transit-error.js'
export {decodeTransit, decodeTransitInSteps} from './transit-read.js'
export {encodeTransit, encodeTransitInSteps} from './transit-write.js'
