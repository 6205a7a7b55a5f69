import fc from 'fast-check'

/** Seed of tests with random input. It changes every day, so that each day covers other cases; TEST_SEED sets it. */
export const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(Date.now() / 86_400_000))

fc.configureGlobal({...fc.readConfigureGlobal(), seed: SEED})

// What the tester has set would change what is tested.
for (const name of Object.keys(process.env)) if (name.startsWith('LOGSEQ_')) delete process.env[name]
