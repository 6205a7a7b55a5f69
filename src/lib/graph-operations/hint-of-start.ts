import {ServerError} from '../errors.js'
import {shellQuote} from '../shell-quote.js'

/** Commands about one graph, which a hint may name without it. */
const OF_ONE_GRAPH =
  /^(?:graph (?:backup|check|export|info|restore)|invoke|query|server (?:logs|restart|run|start|status|stop))\b/

/**
 * Returns the hint of a start that is a part of another command, which has done its own part: to run that command again would fail, and
 * its graph may have had another name.
 * @param start words of the command that completes it
 */
export function hintOfStart({code, hint}: ServerError, graph: string, start = 'server start'): string {
  const named = `--repo ${shellQuote(graph)}`
  if (code === 'interrupted') return `Start its server: \`logseq ${start} ${named}\`.`
  return hint.replaceAll(/`logseq ([^`]+)`/g, (all, line: string) => {
    const words = line.replace(/^COMMAND\b/, start)
    if (!OF_ONE_GRAPH.test(words)) return all
    return /(?:^| )--(?:all|help|repo)\b/.test(words) ? `\`logseq ${words}\`` : `\`logseq ${words} ${named}\``
  })
}
