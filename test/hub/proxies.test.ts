// Proxies: which one is meant, and that a pull goes through it.

import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { proxyFor } from '../../src/hub/proxies.ts';
import { Transport } from '../../src/hub/transport.ts';
import { HubServer } from '../support/hub-server.ts';
import { tinyRepo } from './pulling.ts';

const proxies = { httpsProxy: 'http://s:1', httpProxy: 'p:2', noProxy: '' };

test.each([
  ['https://huggingface.co/x', '', 'http://s:1'],
  ['http://huggingface.co/x', '', 'http://p:2'],
  ['https://huggingface.co/x', '*', null],
  ['https://huggingface.co/x', 'example.com, huggingface.co', null],
  ['https://cdn.huggingface.co/x', 'huggingface.co', null],
  ['https://cdn.huggingface.co/x', '.huggingface.co', null],
  ['https://cdn.huggingface.co/x', '*.huggingface.co', null],
  ['https://nothuggingface.co/x', 'huggingface.co', 'http://s:1'],
  ['https://huggingface.co/x', 'huggingface.co:8443', 'http://s:1'],
  ['https://huggingface.co:8443/x', 'huggingface.co:8443', null],
  ['https://huggingface.co/x', 'huggingface.co:443', null],
  ['http://127.0.0.1:8000/x', 'localhost,127.0.0.1', null],
  ['http://[::1]:8000/x', '::1', null],
  ['http://[::1]:8000/x', '[::1]:8000', null],
  ['https://huggingface.co/x', ',, ,', 'http://s:1'],
])('%s with NO_PROXY=%j goes through %j', (url, noProxy, expected) => {
  expect(proxyFor(new URL(url), { ...proxies, noProxy })).toBe(expected);
});

test('without a proxy the way is direct', () => {
  expect(proxyFor(new URL('https://a'), { httpsProxy: '', httpProxy: '', noProxy: '' })).toBeNull();
});

test('a proxy that cannot be used is named, and not repeated', () => {
  const url = new URL('https://a');
  const error = () => proxyFor(url, { ...proxies, httpsProxy: 'socks5://me:secret@h' });
  expect(error).toThrow(
    'HTTPS_PROXY is no address of an http or https proxy, like http://proxy.example.com:3128',
  );
});

test('a proxy that cannot be used is no interruption that might pass', async () => {
  const transport = new Transport({ httpsProxy: '', httpProxy: 'socks5://h', noProxy: '' });
  const sent = transport.get(new URL('http://a'), {}, new AbortController().signal);
  await expect(sent).rejects.toMatchObject({ name: 'HubError', problem: 'unreachable' });
  await transport.close();
});

test('requests go through the proxy', async () => {
  const server = await HubServer.start({ 'owner/tiny': tinyRepo() });
  const tunnels: string[] = [];
  const proxy = http.createServer().on('connect', (request, socket, head) => {
    tunnels.push(request.url!);
    const [host, port] = request.url!.split(':');
    const onward = net.connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const each of [socket, onward]) each.on('error', () => {});
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const httpProxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const transport = new Transport({ httpsProxy: '', httpProxy, noProxy: '' });
  const url = new URL(`${server.origin}/api/models/owner/tiny/revision/main`);
  const reply = await transport.get(url, {}, new AbortController().signal);
  expect(reply.status).toBe(200);
  reply.discard();
  await transport.close();
  expect(tunnels).toEqual([url.host]);
  proxy.closeAllConnections();
  proxy.close();
  await server.stop();
});
