/**
 * An ESLint rule: a `catch` that drops its error gives the reason, in a comment inside of it, or throws
 * another one. What is swallowed without a word is taken for an oversight.
 */
export const explainedCatch = {
  meta: {
    docs: {description: 'a catch without its error explains itself'},
    messages: {unexplained: 'This catch drops its error. Give the reason in a comment.'},
    schema: [],
    type: 'problem',
  },
  create(context) {
    return {
      CatchClause(node) {
        const explained = context.sourceCode.getCommentsInside(node).length > 0
        const throws = node.body.body.at(-1)?.type === 'ThrowStatement'
        if (node.param === null && !explained && !throws) context.report({messageId: 'unexplained', node})
      },
    }
  },
}
