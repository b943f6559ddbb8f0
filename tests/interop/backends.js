// The JavaScript backends of the check tests. Prints "NAME PORT" for each as it begins to listen.
'use strict';
const http = require('http');
const { WebSocketServer } = require('ws');
const { Server: SocketIo } = require('socket.io');

function listen(name, server) {
  server.listen(0, '127.0.0.1', () => console.log(`${name} ${server.address().port}`));
}

// Upgrades by path, as an application with routes does; everything else is its own 404.
const routes = http.createServer((request, response) => {
  response.writeHead(404, { 'Content-Type': 'text/plain' });
  response.end('no such page\n');
});
const handshake = new WebSocketServer({ noServer: true, handleProtocols: (asked) => (asked.has('chat.v1') ? 'chat.v1' : false) });
const refuse = (socket, status, body, more = '') =>
  socket.end(`HTTP/1.1 ${status}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`);
routes.on('upgrade', (request, socket, head) => {
  const path = request.url.split('?')[0];
  socket.on('error', () => {});
  if (path === '/origin' && request.headers.origin !== 'https://app.example') return refuse(socket, '403 Forbidden', 'origin not allowed\n');
  if (path === '/auth' && !request.headers.authorization) return refuse(socket, '401 Unauthorized', '', 'WWW-Authenticate: Bearer\r\n');
  if (!['/ws', '/origin', '/auth'].includes(path)) return refuse(socket, '404 Not Found', '');
  handshake.handleUpgrade(request, socket, head, (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })));
});
listen('routes', routes);

// A WebSocket server that owns its port: 426 and 400 are the library's.
const pure = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => console.log(`pure ${pure.address().port}`));
pure.on('connection', (ws) => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })));

const sio = http.createServer();
new SocketIo(sio);
listen('socketio', sio);

// A single-page application: every path is index.html.
listen('spa', http.createServer((request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/html' });
  response.end('<!doctype html><html><head><title>My App</title></head><body><div id="root"></div></body></html>\n');
}));
