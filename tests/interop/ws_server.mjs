// An echo server on npm's ws, for tests/it/interop.rs.
//
// Prints its port. Every third text comes back as binary, every fourth message in fragments, and a ping goes before
// every fiftieth. Ends when its stdin does. Arguments: the folder of node_modules, then certificate and key as PEM files, for TLS.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createTlsServer } from "node:https";
import { resolve } from "node:path";

const [modules, cert, key] = process.argv.slice(2);
const { WebSocketServer } = createRequire(resolve(modules, "here.js"))("ws");

const http = cert
  ? createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) })
  : createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: !cert });

server.on("connection", (socket) => {
  let number = 0;
  socket.on("message", (data, isBinary) => {
    if (number % 50 === 0) socket.ping();
    const binary = isBinary || number % 3 === 0;
    if (number % 4 === 0) {
      const third = Math.floor(data.length / 3);
      socket.send(data.subarray(0, third), { binary, fin: false });
      socket.send(data.subarray(third, 2 * third), { binary, fin: false });
      socket.send(data.subarray(2 * third), { binary, fin: true });
    } else {
      socket.send(data, { binary });
    }
    number += 1;
  });
  socket.on("error", (error) => console.error(error.message));
});

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume().on("end", () => process.exit(0));
