// A bare HTTP server that sends back what it gets: what any request costs on this machine.
import {createServer} from 'node:http'

const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  response.writeHead(200, {'content-length': body.length, 'content-type': 'application/json'})
  response.end(body)
})

server.listen(0, '127.0.0.1', () => console.log(server.address().port))
