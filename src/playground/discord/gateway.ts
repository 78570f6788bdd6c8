import type { IncomingMessage, Server } from 'node:http';
import { GatewayCloseCodes, GatewayDispatchEvents, GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { GatewayControl, Limits } from './contract.ts';
import type { Events } from './events.ts';
import { createSessions, type Session } from './gateway-sessions.ts';
import { presentGuild } from './present-world.ts';
import { WORLD } from './world.ts';

/** docs: Gateway, Rate Limiting and Sending Events (2026-08). */
const MOST_SENDS = { count: 120, perMs: 60_000 } as const;
const MOST_PAYLOAD_BYTES = 4_096;
/** A client that stays silent for this many heartbeat intervals is gone. */
const SILENT_INTERVALS = 2;

const { GuildMembers, GuildPresences, MessageContent } = GatewayIntentBits;
const PRIVILEGED_INTENTS = GuildMembers | GuildPresences | MessageContent;
const ALL_INTENTS = Object.values(GatewayIntentBits).reduce<number>(
  (sum, bit) => (typeof bit === 'number' ? sum | bit : sum),
  0,
);

const {
  AlreadyAuthenticated,
  AuthenticationFailed,
  DecodeError,
  DisallowedIntents,
  InvalidAPIVersion,
  InvalidIntents,
  InvalidSeq,
  InvalidShard,
  NotAuthenticated,
  RateLimited,
  SessionTimedOut,
  UnknownOpcode,
} = GatewayCloseCodes;
const payload = z.object({ op: z.int(), d: z.unknown().optional() });
const identify = z.object({
  token: z.string(),
  intents: z.int().min(0),
  shard: z.tuple([z.int().min(0), z.int().min(1)]).optional(),
});
const resume = z.object({ token: z.string(), session_id: z.string(), seq: z.int().min(0) });

export interface Gateway extends Omit<GatewayControl, 'redeliver'> {
  readonly url: string;
  /** To every session whose shard sees the guild; a DM's events go to shard 0. */
  dispatch(event: GatewayDispatchEvents, data: unknown, guildId?: string): void;
  close(): Promise<void>;
}

interface GatewayOptions {
  server: Server;
  origin: string;
  token: string;
  limits: Limits;
  now: () => number;
  events: Events;
}

/** Gateway v10 over JSON (docs: Gateway, 2026-08), on the same port as the API. */
export function createGateway({ server, origin, token, limits, now, events }: GatewayOptions): Gateway {
  const url = origin.replace(/^http/, 'ws');
  const sockets = new WebSocketServer({ server, maxPayload: 64 * 1024 });
  const sessions = createSessions({
    now,
    onChange: (type, connections) => events.emit({ type, connections }),
  });
  let identifies = 0;
  let resumes = 0;

  function openSession(socket: WebSocket, data: unknown): Session | undefined {
    const parsed = identify.safeParse(data);
    if (!parsed.success) return refuse(socket, DecodeError);
    const { intents, shard = [0, 1] } = parsed.data;
    if (parsed.data.token !== token) return refuse(socket, AuthenticationFailed);
    if (shard[0] >= shard[1]) return refuse(socket, InvalidShard);
    if (intents & ~ALL_INTENTS) return refuse(socket, InvalidIntents);
    if (intents & PRIVILEGED_INTENTS) return refuse(socket, DisallowedIntents);
    const session = sessions.open(shard, intents);
    identifies += 1;
    sessions.attach(session, socket);
    sessions.send(session, GatewayDispatchEvents.Ready, {
      v: 10,
      user: WORLD.bot,
      guilds: seesGuild(session, WORLD.guild.id) ? [{ id: WORLD.guild.id, unavailable: true }] : [],
      session_id: session.id,
      session_type: 'normal',
      resume_gateway_url: url,
      shard,
      application: { id: WORLD.bot.id, flags: 0 },
      private_channels: [],
      relationships: [],
    });
    if (intents & GatewayIntentBits.Guilds && seesGuild(session, WORLD.guild.id)) {
      sessions.send(session, GatewayDispatchEvents.GuildCreate, presentGuild());
    }
    return session;
  }

  function resumeSession(socket: WebSocket, data: unknown): Session | undefined {
    const parsed = resume.safeParse(data);
    if (!parsed.success) return refuse(socket, DecodeError);
    if (parsed.data.token !== token) return refuse(socket, AuthenticationFailed);
    const session = sessions.find(parsed.data.session_id);
    if (!session) {
      socket.send(JSON.stringify({ op: GatewayOpcodes.InvalidSession, d: false }));
      return undefined;
    }
    if (parsed.data.seq > session.sequence) return refuse(socket, InvalidSeq);
    session.socket?.close(SessionTimedOut);
    resumes += 1;
    sessions.attach(session, socket);
    for (const { sequence, json } of session.sent) if (sequence > parsed.data.seq) socket.send(json);
    sessions.send(session, GatewayDispatchEvents.Resumed, {});
    return session;
  }

  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const version = new URL(request.url ?? '/', origin).searchParams.get('v');
    if (version !== null && version !== '10') return refuse(socket, InvalidAPIVersion);
    let session: Session | undefined;
    let sends = { count: 0, since: now() };
    const silence = setTimeout(() => socket.close(SessionTimedOut), limits.heartbeatMs * SILENT_INTERVALS);
    socket.on('error', () => socket.terminate());
    socket.on('close', (code) => {
      clearTimeout(silence);
      if (session?.socket === socket) sessions.leave(session, code);
    });
    socket.on('message', (data) => {
      silence.refresh();
      if (now() - sends.since >= MOST_SENDS.perMs) sends = { count: 0, since: now() };
      sends.count += 1;
      if (sends.count > MOST_SENDS.count) return refuse(socket, RateLimited);
      const message = decode(data);
      if (!message) return refuse(socket, DecodeError);
      switch (message.op) {
        case GatewayOpcodes.Heartbeat:
          socket.send(JSON.stringify({ op: GatewayOpcodes.HeartbeatAck, d: null, s: null, t: null }));
          return;
        case GatewayOpcodes.Identify:
          if (session) return refuse(socket, AlreadyAuthenticated);
          session = openSession(socket, message.d);
          return;
        case GatewayOpcodes.Resume:
          if (session) return refuse(socket, AlreadyAuthenticated);
          session = resumeSession(socket, message.d);
          return;
        case GatewayOpcodes.PresenceUpdate:
        case GatewayOpcodes.VoiceStateUpdate:
        case GatewayOpcodes.RequestGuildMembers:
          if (!session) refuse(socket, NotAuthenticated);
          return;
        default:
          refuse(socket, UnknownOpcode);
      }
    });
    socket.send(JSON.stringify({ op: GatewayOpcodes.Hello, d: { heartbeat_interval: limits.heartbeatMs } }));
  });

  return {
    url,
    connections: sessions.connections,
    identifies: () => identifies,
    resumes: () => resumes,
    dispatch(event, data, guildId) {
      for (const session of sessions.all()) if (seesGuild(session, guildId)) sessions.send(session, event, data);
    },
    disconnect(code) {
      for (const session of sessions.all()) {
        const { socket } = session;
        if (!socket) continue;
        // What is dispatched from here on is the next connection's, even before this one has closed.
        sessions.leave(session, code);
        socket.close(code);
      }
    },
    close() {
      for (const client of sockets.clients) client.terminate();
      return new Promise((resolve) => {
        sockets.close(() => resolve());
      });
    },
  };
}

function refuse(socket: WebSocket, code: GatewayCloseCodes): undefined {
  socket.close(code);
}

function decode(data: RawData): z.output<typeof payload> | undefined {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? Buffer.from(data) : data;
  if (bytes.byteLength > MOST_PAYLOAD_BYTES) return undefined;
  try {
    return payload.parse(JSON.parse(bytes.toString()));
  } catch {
    return undefined;
  }
}

/** docs: Gateway, Sharding (2026-08). */
function seesGuild({ shard: [id, count] }: Session, guildId?: string): boolean {
  const shard = guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(count));
  return shard === id;
}
