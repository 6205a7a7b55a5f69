/** As much of `@oclif/core/args` as the commands use. */
export const string = (definition: Record<string, unknown>): Record<string, unknown> => definition
