import { Readable } from 'node:stream';
import { Agent, request, setGlobalDispatcher, WebSocket } from 'undici';
import { z } from 'zod';
import { buildOrder, FLOOR_COMMANDS, floorSettings, PICTURE_PATH } from './floor-request.ts';

// The bare wire: what must travel for a picture to arrive, and nothing else. No library of Discord's, no bot.

const { apiUrl, token, providerUrl } = floorSettings.parse(process.env);
const api = `${apiUrl}/v10`;
const BOUNDARY = 'bench-boundary';
const userAgent = 'DiscordBot (https://example.com, 1)';
const auth = { authorization: `Bot ${token}`, 'user-agent': userAgent };
setGlobalDispatcher(new Agent({ keepAliveTimeout: 60_000 }));

const gatewayAnswer = z.object({ url: z.url() });
const self = z.object({ id: z.string() });
const event = z.looseObject({ op: z.int(), t: z.string().nullish(), d: z.unknown() });
const hello = z.object({ heartbeat_interval: z.number() });
const interaction = z.looseObject({
  id: z.string(),
  application_id: z.string(),
  token: z.string(),
  data: z.looseObject({ options: z.array(z.looseObject({ name: z.string(), value: z.unknown() })) }),
});

async function send(method: 'POST' | 'PATCH' | 'PUT', url: string, headers: Record<string, string>, body: string) {
  const answer = await request(url, { method, headers: { 'content-type': 'application/json', ...headers }, body });
  await answer.body.dump();
}

async function paint(prompt: string): Promise<Buffer> {
  const { body } = await request(providerUrl + PICTURE_PATH, {
    method: 'POST',
    headers: { accept: 'image/png', 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify(buildOrder(prompt)),
  });
  return Buffer.from(await body.arrayBuffer());
}

async function upload(url: string, content: string, pictures: readonly Buffer[]): Promise<void> {
  const part = (disposition: string, type: string) =>
    `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n`;
  const chunks = [
    ...pictures.flatMap((bytes, index) => [
      Buffer.from(part(`name="files[${index}]"; filename="${index}.png"`, 'image/png')),
      bytes,
    ]),
    Buffer.from(`${part('name="payload_json"', 'application/json')}${JSON.stringify({ content })}`),
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
  ];
  const answer = await request(url, {
    method: 'PATCH',
    headers: {
      'user-agent': userAgent,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': String(chunks.reduce((sum, { length }) => sum + length, 0)),
    },
    body: Readable.from(chunks),
  });
  await answer.body.dump();
}

async function imagine({ id, application_id: applicationId, token: secret, data }: z.output<typeof interaction>) {
  const option = (name: string) => data.options.find((candidate) => candidate.name === name)?.value;
  const prompt = String(option('prompt'));
  await send('POST', `${api}/interactions/${id}/${secret}/callback`, { 'user-agent': userAgent }, '{"type":5}');
  const pictures = await Promise.all(Array.from({ length: Number(option('count') ?? 1) }, () => paint(prompt)));
  await upload(`${api}/webhooks/${applicationId}/${secret}/messages/@original`, prompt, pictures);
}

const me = self.parse(await (await request(`${api}/users/@me`, { headers: auth })).body.json());
const { url } = gatewayAnswer.parse(await (await request(`${api}/gateway/bot`, { headers: auth })).body.json());
const socket = new WebSocket(`${url}/?v=10&encoding=json`);
const tell = (op: number, d: unknown) => socket.send(JSON.stringify({ op, d }));
socket.addEventListener('message', (message) => {
  const { op, t, d } = event.parse(JSON.parse(String(message.data)));
  if (op === 10) {
    tell(2, { token, intents: 0, properties: { os: 'linux', browser: 'bench', device: 'bench' } });
    setInterval(() => tell(1, null), hello.parse(d).heartbeat_interval);
  }
  if (t === 'READY') void send('PUT', `${api}/applications/${me.id}/commands`, auth, JSON.stringify(FLOOR_COMMANDS));
  if (t === 'INTERACTION_CREATE') imagine(interaction.parse(d)).catch(console.error);
});
