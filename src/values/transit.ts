export {type CollectionKind, TransitItems} from './transit-items.js'
export {decodeTransit, decodeTransitInSteps, TransitError} from './transit-read.js'
export {encodeTransit, encodeTransitInSteps} from './transit-write.js'
