/**
 * The same package in a CommonJS program, such as the main process of an Electron app: it is an ES module, and `import()` loads it.
 *
 *     node main.cjs GRAPH [DATA-DIR]
 */
async function main([repo = 'demo', dataDir]) {
  const {Client} = await import('logseq-server')
  const client = new Client({repo, ...(dataDir && {dataDir})})
  try {
    const [classes] = await Promise.all([client.call('get-all-classes'), client.status()])
    console.log(`${client.graph} has ${classes.length} classes`)
  } finally {
    client.close()
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
})
