// Development proxies in front of the JavaScript backends: node proxies.js ROUTES PURE NOBODY, three ports. Prints
// "NAME PORT" for each as it begins to listen.
'use strict';
const http = require('http');
const httpProxy = require('http-proxy');
const { createProxyMiddleware } = require('http-proxy-middleware');

const [routes, pure, nobody] = process.argv.slice(2).map((port) => `http://127.0.0.1:${port}`);

function listen(name, server) {
  server.listen(0, '127.0.0.1', () => console.log(`${name} ${server.address().port}`));
}

function plain(name, target, ws) {
  const proxy = httpProxy.createProxyServer({ target, ws });
  proxy.on('error', (error, request, to) => to.end());
  const server = http.createServer((request, response) => proxy.web(request, response));
  if (ws) server.on('upgrade', (request, socket, head) => proxy.ws(request, socket, head));
  listen(name, server);
}

function middleware(name, target, ws) {
  const handle = createProxyMiddleware({ target, ws });
  const server = http.createServer((request, response) => handle(request, response, () => response.end()));
  if (ws) server.on('upgrade', handle.upgrade);
  listen(name, server);
}

plain('hp-good', routes, true);
plain('hp-no-ws', pure, false);
plain('hp-down', nobody, true);
middleware('hpm-good', routes, true);
middleware('hpm-no-ws', routes, false);
middleware('hpm-down', nobody, false);
