/** How many rounds a test takes: enough to find a race in the normal suite, many in `npm run test:long`. */
export function rounds(normal: number, long: number): number {
  return process.env['TEST_LONG'] ? long : normal
}
