import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createApiListener } from './api-server.ts';
import { createCdn } from './cdn.ts';
import type { Limits, LocalChannel, LocalDiscord, LocalDiscordOptions } from './contract.ts';
import { createDriver } from './driver.ts';
import { createEvents } from './events.ts';
import { createFaults } from './faults.ts';
import { createMemoryFiles, openFiles } from './files.ts';
import { lockFolder } from './folder-lock.ts';
import { createGateway } from './gateway.ts';
import { createInteractionHandles } from './interaction-handles.ts';
import { createInteractions } from './interactions.ts';
import { createMemoryJournal, type Journal, openJournal } from './journal.ts';
import { createMemberView } from './member-view.ts';
import { createMessages } from './messages.ts';
import { createNotices } from './notices.ts';
import { createPermissions } from './permissions.ts';
import { createPresenter } from './present.ts';
import { createRecorder } from './recorder.ts';
import type { StoredInteraction, StoredSecrets } from './records.ts';
import { createRouter, type RouteMatch } from './router.ts';
import { channelRoutes } from './routes/channels.ts';
import { commandRoutes, GLOBAL } from './routes/commands.ts';
import { identityRoutes } from './routes/identity.ts';
import { interactionRoutes } from './routes/interactions.ts';
import { createUrlSigner } from './signed-urls.ts';
import { createSnowflakes } from './snowflake.ts';
import { createState } from './state.ts';
import { createUploads } from './uploads.ts';
import { findUser, LOCAL_CHANNELS, WORLD } from './world.ts';

export type * from './contract.ts';
export { ClientRefusal, FolderInUseError, NO_RESPONSE } from './contract.ts';

// docs: API Reference, Receiving and Responding, Gateway (2026-08).
const DEFAULT_LIMITS: Limits = {
  attachmentBytes: 10 * 1024 * 1024,
  requestBytes: 25 * 1024 * 1024,
  interactionMs: 3_000,
  tokenMs: 15 * 60_000,
  urlMs: 24 * 60 * 60_000,
  heartbeatMs: 41_250,
};

/** Starts a local Discord. Rejects when the port is taken, or the folder is in use or cannot be written. */
export async function createLocalDiscord(options: LocalDiscordOptions = {}): Promise<LocalDiscord> {
  const {
    host = '127.0.0.1',
    now = Date.now,
    folder,
    botPermissions,
    keepFiles = true,
    rememberedRequests = 1_000,
  } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };

  const isTokenAlive = ({ createdAt }: StoredInteraction) => now() - createdAt <= limits.tokenMs;

  const lock = folder === undefined ? undefined : lockFolder(folder);
  const events = createEvents();
  const notices = createNotices(events);
  const journal =
    folder === undefined
      ? createMemoryJournal()
      : openJournal(folder, { onTrouble: (sentence) => notices.set('journal', sentence) });
  const files =
    folder === undefined
      ? createMemoryFiles()
      : openFiles(join(folder, 'files'), (sentence) => notices.set('files', sentence));
  if (journal.aside !== undefined)
    notices.add(
      `Part of the saved conversation could not be read and was left out. The whole of it is kept in ${journal.aside}.`,
    );
  const { port: lastPort, ...secrets } = findSecrets(journal, options.token);
  const { token, signingKey } = secrets;
  const faults = createFaults();
  const recorder = createRecorder(rememberedRequests);
  const state = createState({
    journal,
    files,
    events,
    isTokenAlive,
    onForgotten: (id) => recorder.forget(id),
  });
  const nextId = createSnowflakes(
    now,
    [...journal.values('message'), ...journal.values('interaction')].map(({ id }) => id),
  );

  const server = createServer({ keepAliveTimeout: 65_000 });
  try {
    const port = await listen(server, host, options.port ?? lastPort ?? 0).catch((error: unknown) => {
      if (options.port !== undefined || lastPort === undefined) throw error;
      return listen(server, host, 0);
    });
    // The same at the next start: addresses of files are kept, by the bot for one.
    journal.put('secrets', 'secrets', { ...secrets, port });
  } catch (error) {
    journal.close();
    lock?.release();
    throw error;
  }
  const origin = findOrigin(server);

  const stopping = new AbortController();
  const signer = createUrlSigner({ origin, signingKey, urlMs: limits.urlMs, now });
  const presenter = createPresenter({ state, signer });
  const permissions = createPermissions(state, botPermissions);
  const uploads = createUploads({ files, nextId, limits, keepFiles });
  const messages = createMessages({ state, uploads, nextId, now, origin });
  const memberUploads = createUploads({ files, nextId, limits, keepFiles: true });
  const memberMessages = createMessages({ state, uploads: memberUploads, nextId, now, origin });
  const gateway = createGateway({ server, origin, token, limits, now, events });
  const interactions = createInteractions({
    state,
    messages,
    permissions,
    recorder,
    dispatch: gateway.dispatch,
    limits,
    isTokenAlive,
    nextId,
    now,
  });
  const handles = createInteractionHandles({ state, events, presenter, recorder, isTokenAlive, limits });
  const router = createRouter([
    ...identityRoutes(gateway),
    ...commandRoutes({ state, events, nextId, now }),
    ...interactionRoutes({ interactions, presenter }),
    ...channelRoutes({ state, messages, interactions, permissions, presenter, signer, now }),
  ]);
  server.on(
    'request',
    createApiListener({
      origin,
      token,
      router,
      cdn: createCdn({ files, signer }),
      faults,
      requestBytes: limits.requestBytes,
      hashesFiles: !keepFiles,
      now,
      findInteractionId,
      onRequest(request) {
        recorder.add(request);
        events.nudge();
        options.onRequest?.(request);
      },
      onMistake: notices.add,
      signal: stopping.signal,
    }),
  );

  function findInteractionId(params: RouteMatch['params'], body: unknown): string | undefined {
    if (params.interaction_id !== undefined) return params.interaction_id;
    if (params.interaction_token !== undefined) return state.interactionByToken(params.interaction_token)?.id;
    // With the bot's own token: a message that answers an interaction, or bears its id as nonce.
    const message = state.message(params.message_id ?? '');
    const nonce = typeof body === 'object' && body !== null && 'nonce' in body ? body.nonce : message?.nonce;
    return state.interaction(message?.metadata?.id ?? String(nonce))?.id;
  }

  function getChannel(channelId: string): LocalChannel {
    const channel = state.channel(channelId);
    if (!channel) throw new Error(`There is no channel ${channelId}.`);
    return channel;
  }

  return {
    origin,
    apiUrl: `${origin}/api`,
    token,
    applicationId: WORLD.bot.id,
    world: WORLD,
    act(userId, channelId) {
      const { recipientId = userId } = getChannel(channelId);
      if (!findUser(userId) || userId === WORLD.bot.id || recipientId !== userId)
        throw new Error(`The user ${userId} is not in that channel.`);
      const findChannel = () => getChannel(channelId);
      return createDriver({
        userId,
        findChannel,
        state,
        presenter,
        interactions,
        handles,
        messages: memberMessages,
        uploads: memberUploads,
        files,
        limits,
        nextId,
      });
    },
    commands: () => state.commandsOf(GLOBAL).map(({ command }) => command),
    commandsFor: (userId, channelId) =>
      state.channel(channelId) === undefined
        ? []
        : createMemberView(state, userId, () => getChannel(channelId)).listCommands(),
    messages: (channelId, forUserId) =>
      state
        .messagesOf(channelId)
        .filter((message) => message.forUserId === undefined || (message.forUserId === forUserId && !message.dismissed))
        .map((message) => presenter.message(message)),
    message(channelId, messageId) {
      const message = state.message(messageId);
      return message?.channelId === channelId ? presenter.message(message) : undefined;
    },
    visibleOnlyTo: (messageId) => state.message(messageId)?.forUserId,
    requests: recorder.requests,
    interactions: () => state.interactions().map((interaction) => handles.record(interaction)),
    interaction: (id) => handles.handle(id),
    subscribe: events.subscribe,
    until: (check, waiting) => events.until(check, waiting),
    faults,
    deleteMessage(channelId, messageId) {
      const message = state.message(messageId);
      if (message?.channelId === channelId) state.removeMessage(message);
    },
    deleteChannel(channelId) {
      const threads = LOCAL_CHANNELS.filter(({ parentId }) => parentId === channelId);
      for (const { id } of [...threads, getChannel(channelId)])
        state.saveChannelState({ ...state.channelState(id), deleted: true });
    },
    setBotPermissions(channelId, permissionBits) {
      const { botPermissions: _, ...rest } = state.channelState(getChannel(channelId).id);
      state.saveChannelState({
        ...rest,
        ...(permissionBits !== undefined && { botPermissions: permissionBits.toString() }),
      });
    },
    setThreadState(channelId, thread) {
      state.saveChannelState({ ...state.channelState(getChannel(channelId).id), ...thread });
    },
    gateway: {
      connections: gateway.connections,
      identifies: gateway.identifies,
      resumes: gateway.resumes,
      disconnect: gateway.disconnect,
      redeliver: interactions.redeliver,
    },
    get notices() {
      return notices.all;
    },
    reset() {
      faults.clear();
      state.clear();
      recorder.clear();
    },
    async close() {
      if (stopping.signal.aborted) return;
      stopping.abort();
      events.close();
      await gateway.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      journal.close();
      lock?.release();
    },
  };
}

function findSecrets(journal: Journal, token: string | undefined): StoredSecrets {
  const [kept] = journal.values('secrets');
  return {
    token: token ?? kept?.token ?? [Buffer.from(WORLD.bot.id).toString('base64url'), draw(4), draw(28)].join('.'),
    signingKey: kept?.signingKey ?? draw(32),
    port: kept?.port,
  };
}

/** @returns the port it listens on */
async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function draw(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** An address others can connect to, where it listens on all of them. */
function findOrigin(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const host = address.address === '0.0.0.0' || address.address === '::' ? '127.0.0.1' : address.address;
  return `http://${address.family === 'IPv6' && host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
