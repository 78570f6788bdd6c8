import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelSelectMenuBuilder,
  type ChatInputCommandInteraction,
  FileUploadBuilder,
  type Interaction,
  LabelBuilder,
  MentionableSelectMenuBuilder,
  MessageFlags,
  ModalBuilder,
  TextInputBuilder,
  TextInputStyle,
  UserSelectMenuBuilder,
} from 'discord.js';
import { ApplicationCommandOptionType, ChannelType, ComponentType, MessageType } from 'discord-api-types/v10';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import type { LocalDiscord } from '../../../src/playground/discord/local-discord.ts';
import { PNG } from './pictures.ts';
import { createRest, startChecked, startClient } from './real-client.ts';

const IMAGINE = { id: '1', name: 'imagine', type: 1 };

/** A bot that answers every slash command with `answer`, and a member in general. */
async function startBot(local: LocalDiscord, answer: (interaction: ChatInputCommandInteraction) => unknown) {
  await startClient(local, (interaction) => (interaction.isChatInputCommand() ? answer(interaction) : undefined));
  return local.act(local.world.users.alice.id, local.world.channels.general.id);
}

function buttons(...ids: string[]) {
  return new ActionRowBuilder<ButtonBuilder>().addComponents(
    ids.map((id) => new ButtonBuilder().setCustomId(id).setLabel(id).setStyle(ButtonStyle.Primary)),
  );
}

describe('answering', () => {
  it('shows "thinking", then the picture the bot edits in', async () => {
    const local = await startChecked();
    const alice = await startBot(local, async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply({
        flags: MessageFlags.IsComponentsV2,
        files: [new AttachmentBuilder(PNG, { name: 'fox.png' })],
        components: [
          {
            type: ComponentType.MediaGallery,
            items: [{ media: { url: 'attachment://fox.png' }, description: 'a fox' }],
          },
        ],
      });
    });
    const interaction = await alice.rawCommand(IMAGINE);
    const response = await interaction.response();
    expect(response).toMatchObject({
      type: 'thinking',
      message: { flags: MessageFlags.Loading, type: MessageType.ChatInputCommand },
    });
    const message = await interaction.final();
    expect(message).toMatchObject({
      attachments: [],
      edited_timestamp: null,
      flags: MessageFlags.IsComponentsV2,
      components: [
        {
          items: [
            {
              description: 'a fox',
              media: { width: 16, height: 8, content_type: 'image/png', attachment_id: expect.any(String) },
            },
          ],
        },
      ],
    });
    expect(interaction.record()).toMatchObject({ outcome: 'finished', kind: 'command', name: 'imagine' });
    expect(interaction.record().callbacks.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
  });

  it('counts what the bot does about its messages with its own token as part of it', async () => {
    const local = await startChecked();
    const alice = await startBot(local, (interaction) => interaction.reply('working'));
    const interaction = await alice.rawCommand(IMAGINE);
    const { id, channel_id: channel } = await interaction.final();
    const rest = createRest(local);
    const path = `/channels/${channel}/messages` as const;
    await rest.patch(`${path}/${id}`, { body: { content: 'late' } });
    const body = { content: 'later still', nonce: interaction.id, enforce_nonce: true };
    const { id: posted } = z.object({ id: z.string() }).parse(await rest.post(path, { body }));
    await rest.patch(`${path}/${posted}`, { body: { content: 'last' } });
    await rest.post(path, { body: { content: 'of no interaction' } });
    expect(interaction.record().callbacks.map(({ method, body }) => [method, body])).toMatchObject([
      ['POST', { type: 4 }],
      ['PATCH', { content: 'late' }],
      ['POST', { content: 'later still' }],
      ['PATCH', { content: 'last' }],
    ]);
  });

  it('takes a reply at once and returns its message', async () => {
    const local = await startChecked();
    const seen: string[] = [];
    const alice = await startBot(local, async (interaction) => {
      const { resource, interaction: callback } = await interaction.reply({ content: 'here', withResponse: true });
      seen.push(resource?.message?.content ?? '', callback.responseMessageId ?? '');
      await interaction.fetchReply();
    });
    const interaction = await alice.rawCommand(IMAGINE);
    const message = await interaction.final();
    await local.until(() =>
      local.requests.some(({ method }) => method === 'GET' && local.requests.length > 2) ? true : undefined,
    );
    expect(seen).toEqual(['here', message.id]);
    expect(message.interaction_metadata).toMatchObject({
      id: interaction.id,
      user: { id: local.world.users.alice.id },
    });
  });

  it('keeps an ephemeral reply to its member, and from the bot token', async () => {
    const local = await startChecked();
    const { general } = local.world.channels;
    const { alice: aliceUser, bob } = local.world.users;
    const client = await startClient(local, async (interaction: Interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply({ content: 'just you', flags: MessageFlags.Ephemeral });
    });
    const interaction = await local.act(aliceUser.id, general.id).rawCommand(IMAGINE);
    const { id, flags } = await interaction.final();
    expect(flags).toBe(MessageFlags.Ephemeral);
    expect(local.messages(general.id, aliceUser.id)).toHaveLength(1);
    expect(local.messages(general.id, bob.id)).toEqual([]);
    expect(local.visibleOnlyTo(id)).toBe(aliceUser.id);
    await expect(client.rest.get(`/channels/${general.id}/messages/${id}`)).rejects.toMatchObject({ code: 10008 });
    await expect(
      client.rest.patch(`/channels/${general.id}/messages/${id}`, { body: { content: 'all' } }),
    ).rejects.toMatchObject({ code: 10008 });
    local.act(aliceUser.id, general.id).dismiss(id);
    expect(local.messages(general.id, aliceUser.id)).toEqual([]);
  });

  it('waits out progress texts', async () => {
    const local = await startChecked();
    const alice = await startBot(local, async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply('Second in line…');
      await interaction.editReply('Painting…');
      await interaction.editReply('Here it is.');
    });
    const interaction = await alice.rawCommand(IMAGINE);
    expect((await interaction.final()).content).toBe('Here it is.');
  });

  it('sends follow-ups as messages of their own, and lets them be changed', async () => {
    const local = await startChecked();
    const alice = await startBot(local, async (interaction) => {
      await interaction.reply('first');
      const second = await interaction.followUp({ content: 'second', flags: MessageFlags.Ephemeral });
      await interaction.editReply({ message: second.id, content: 'second, edited' });
      const third = await interaction.followUp('third');
      await interaction.deleteReply(third.id);
      await interaction.followUp('fourth');
    });
    const interaction = await alice.rawCommand(IMAGINE);
    const followUps = await local.until(() => {
      const list = interaction.followUps();
      return list.some(({ content }) => content === 'fourth') ? list : undefined;
    });
    expect(followUps.map(({ content }) => content)).toEqual(['second, edited', 'fourth']);
    expect(followUps[0]?.flags).toBe(MessageFlags.Ephemeral);
    expect(followUps[1]).toMatchObject({
      type: MessageType.Reply,
      message_reference: { message_id: interaction.message()?.id },
      interaction_metadata: { original_response_message_id: interaction.message()?.id },
    });
  });

  it('fills "thinking" in with a follow-up, whatever its flags', async () => {
    const local = await startChecked();
    const alice = await startBot(local, async (interaction) => {
      await interaction.deferReply();
      await interaction.followUp({ content: 'filled in', flags: MessageFlags.Ephemeral });
    });
    const interaction = await alice.rawCommand(IMAGINE);
    expect(await interaction.final()).toMatchObject({ content: 'filled in', flags: 0 });
    expect(interaction.followUps()).toEqual([]);
  });
});

describe('components', () => {
  it('presses buttons, updates the message later, and replies to it', async () => {
    const local = await startChecked();
    await startClient(local, async (interaction: Interaction) => {
      if (interaction.isChatInputCommand())
        await interaction.reply({ content: 'pick', components: [buttons('later', 'reply')] });
      if (!interaction.isButton()) return;
      if (interaction.customId === 'reply') await interaction.reply(`pressed by ${interaction.user.username}`);
      else {
        await interaction.deferUpdate();
        await interaction.editReply({ content: 'changed', components: [] });
      }
    });
    const { general } = local.world.channels;
    const alice = local.act(local.world.users.alice.id, general.id);
    const { id } = await (await alice.rawCommand(IMAGINE)).final();

    const reply = await (await local.act(local.world.users.bob.id, general.id).press(id, 'reply')).final();
    expect(reply).toMatchObject({ content: 'pressed by bob', type: MessageType.Reply, referenced_message: { id } });

    const press = await alice.press(id, 'later');
    expect(await press.response()).toEqual({ type: 'update-later' });
    expect(await press.final()).toMatchObject({
      id,
      content: 'changed',
      components: [],
      edited_timestamp: expect.any(String),
    });
  });

  it('takes a press for answered once its message changes, whoever changes it', async () => {
    const local = await startChecked();
    let command: ChatInputCommandInteraction | undefined;
    await startClient(local, async (interaction: Interaction) => {
      if (interaction.isChatInputCommand()) {
        command = interaction;
        await interaction.reply({ content: 'painting', components: [buttons('before', 'after')] });
      }
      if (!interaction.isButton()) return;
      if (interaction.customId === 'before') await command?.editReply('nearly done');
      await interaction.deferUpdate();
      if (interaction.customId === 'after') await command?.editReply('cancelled');
    });
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const { id } = await (await alice.rawCommand(IMAGINE)).final();
    for (const customId of ['before', 'after']) {
      const press = await alice.press(id, customId);
      await press.final();
      expect(press.record()).toMatchObject({ outcome: 'finished', finishedAfterMs: expect.any(Number) });
    }
  });

  it('takes neither a command nor a press for finished while its message tells of progress', async () => {
    const local = await startChecked();
    let command: ChatInputCommandInteraction | undefined;
    await startClient(local, async (interaction: Interaction) => {
      if (interaction.isButton()) await interaction.deferUpdate();
      if (!interaction.isChatInputCommand()) return;
      command = interaction;
      await interaction.deferReply();
      await interaction.editReply({ content: 'One before you…', components: [buttons('cancel')] });
    });
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const asked = await alice.rawCommand(IMAGINE);
    const { id } = await local.until(() => {
      const message = asked.message();
      return message?.content === 'One before you…' ? message : undefined;
    });
    const pressed = await alice.press(id, 'cancel');
    await pressed.response();
    await command?.editReply('Painting, 4 s so far…');
    for (const interaction of [asked, pressed]) {
      expect(interaction.record()).toMatchObject({ outcome: 'acknowledged', finishedAfterMs: undefined });
    }
    const told = new Set<string>();
    onTestFinished(
      local.subscribe((event) => {
        if (event.type === 'interaction-updated') told.add(event.interactionId);
      }),
    );
    await command?.editReply('Cancelled.');
    for (const interaction of [asked, pressed]) {
      expect(interaction.record()).toMatchObject({ outcome: 'finished', finishedAfterMs: expect.any(Number) });
    }
    await local.until(() => (told.has(asked.id) && told.has(pressed.id)) || undefined);
  });

  it('selects values', async () => {
    const local = await startChecked();
    const options = ['one', 'two', 'three'].map((value) => ({ label: value, value }));
    await startClient(local, async (interaction: Interaction) => {
      if (interaction.isChatInputCommand()) {
        const select = { type: ComponentType.StringSelect, custom_id: 'which', options, max_values: 2 } as const;
        await interaction.reply({ components: [{ type: ComponentType.ActionRow, components: [select] }] });
      }
      if (interaction.isStringSelectMenu())
        await interaction.update({ content: interaction.values.join(), components: [] });
    });
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const { id } = await (await alice.rawCommand(IMAGINE)).final();
    await expect(alice.select(id, 'which', ['four'])).rejects.toThrow('That is not among the options.');
    await expect(alice.select(id, 'which', [])).rejects.toThrow('Select 1 to 2.');
    const select = await alice.select(id, 'which', ['one', 'three']);
    expect(await select.response()).toMatchObject({ type: 'update', message: { content: 'one,three' } });
  });

  it('opens a modal, submits it with a file, and lets the submission update the message', async () => {
    const local = await startChecked();
    const received: unknown[] = [];
    await startClient(local, async (interaction: Interaction) => {
      if (interaction.isChatInputCommand()) await interaction.reply({ content: 'x', components: [buttons('edit')] });
      if (interaction.isButton()) {
        const prompt = new TextInputBuilder()
          .setCustomId('prompt')
          .setStyle(TextInputStyle.Paragraph)
          .setValue('a fox')
          .setMaxLength(10);
        const modal = new ModalBuilder().setCustomId('form').setTitle('Edit');
        modal.addLabelComponents(
          new LabelBuilder().setLabel('Prompt').setTextInputComponent(prompt),
          new LabelBuilder()
            .setLabel('Picture')
            .setFileUploadComponent(new FileUploadBuilder().setCustomId('picture').setRequired(false)),
        );
        await interaction.showModal(modal);
      }
      if (interaction.isModalSubmit() && interaction.isFromMessage()) {
        received.push(interaction.fields.getTextInputValue('prompt'));
        const file = interaction.fields.getUploadedFiles('picture')?.first();
        received.push(file?.name, file?.ephemeral, (await (await fetch(file?.url ?? '')).arrayBuffer()).byteLength);
        await interaction.update({ content: 'updated' });
      }
    });
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const { id } = await (await alice.rawCommand(IMAGINE)).final();
    const press = await alice.press(id, 'edit');
    expect(await press.response()).toMatchObject({ type: 'modal', modal: { custom_id: 'form', title: 'Edit' } });
    await expect(alice.submitModal(press, { prompt: 'eleven char' })).rejects.toThrow(
      '“prompt” must have at most 10 characters.',
    );
    await expect(alice.submitModal(press, { prompt: ' ' })).rejects.toThrow('“prompt” is required.');
    await expect(
      local.act(local.world.users.bob.id, local.world.channels.general.id).submitModal(press, {}),
    ).rejects.toThrow('not open');
    const submit = await alice.submitModal(press, { picture: [{ file: PNG, name: 'my cat.png' }] });
    expect(await submit.response()).toMatchObject({ type: 'update', message: { id, content: 'updated' } });
    expect(received).toEqual(['a fox', 'my_cat.png', true, PNG.byteLength]);
  });

  it('hands in the members and channels chosen in a modal, those it came with included', async () => {
    const local = await startChecked();
    const { users, channels } = local.world;
    const received: unknown[] = [];
    await startClient(local, async (interaction: Interaction) => {
      if (interaction.isChatInputCommand()) {
        const modal = new ModalBuilder().setCustomId('form').setTitle('Share');
        modal.addLabelComponents(
          new LabelBuilder()
            .setLabel('Who')
            .setUserSelectMenuComponent(new UserSelectMenuBuilder().setCustomId('who').setDefaultUsers(users.bob.id)),
          new LabelBuilder()
            .setLabel('Whom')
            .setMentionableSelectMenuComponent(new MentionableSelectMenuBuilder().setCustomId('whom')),
          new LabelBuilder()
            .setLabel('Where')
            .setChannelSelectMenuComponent(
              new ChannelSelectMenuBuilder().setCustomId('where').setChannelTypes(ChannelType.GuildText),
            ),
        );
        await interaction.showModal(modal);
      } else if (interaction.isModalSubmit()) {
        const { fields } = interaction;
        received.push(
          fields.getSelectedUsers('who')?.map(({ username }) => username),
          fields.getSelectedMentionables('whom')?.users.map(({ username }) => username),
          fields.getSelectedChannels('where')?.map(({ id }) => id),
        );
        await interaction.reply('thanks');
      }
    });
    const alice = local.act(users.alice.id, channels.general.id);
    const opener = await alice.rawCommand(IMAGINE);
    await opener.response();
    const chosen = { whom: [users.alice.id], where: [channels.gallery.id] };
    for (const where of [channels.thread.id, channels.dm.alice.id, users.alice.id])
      await expect(alice.submitModal(opener, { ...chosen, where: [where] })).rejects.toThrow(
        '“where” must be among the choices.',
      );
    await (await alice.submitModal(opener, chosen)).response();
    expect(received).toEqual([['bob'], ['alice'], [channels.gallery.id]]);
  });

  it('answers a press on a message that never was', async () => {
    const local = await startChecked();
    const client = await startClient(local, async (interaction: Interaction) => {
      if (!interaction.isButton()) return;
      await interaction.deferUpdate();
      await interaction
        .editReply('too late')
        .catch((error) => local.faults.add({ message: String(error.code), times: 9 }));
    });
    expect(client.isReady()).toBe(true);
    const press = await local.act(local.world.users.alice.id, local.world.channels.general.id).pressRaw('v0:old');
    await local.until(() =>
      local.requests.find(({ method, response }) => method === 'PATCH' && JSON.stringify(response).includes('10008')),
    );
    expect(press.message()).toBeUndefined();
  });
});

describe('other interactions', () => {
  it('completes options while they are typed', async () => {
    const local = await startChecked();
    const client = await startClient(local, async (interaction: Interaction) => {
      if (interaction.isAutocomplete())
        await interaction.respond([{ name: interaction.options.getFocused(), value: 'flux' }]);
    });
    await client.application.commands.set([
      {
        name: 'imagine',
        description: 'Paint',
        options: [
          { type: ApplicationCommandOptionType.String, name: 'model', description: 'Model', autocomplete: true },
        ],
      },
    ]);
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const typed = await alice.autocomplete('imagine', { model: 'fl' }, 'model');
    expect(await typed.response()).toEqual({
      type: 'choices',
      choices: [expect.objectContaining({ name: 'fl', value: 'flux' })],
    });
    expect(typed.record()).toMatchObject({ kind: 'autocomplete', outcome: 'finished' });
  });

  it('hands a message command the message with fresh URLs', async () => {
    const local = await startChecked();
    const client = await startClient(local, async (interaction: Interaction) => {
      if (!interaction.isMessageContextMenuCommand()) return;
      const url = interaction.targetMessage.attachments.first()?.url ?? '';
      await interaction.reply(`${(await fetch(url)).status}`);
    });
    await client.application.commands.set([{ name: 'Imagine from this', type: 3 }]);
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    const post = await alice.post('look', [{ file: PNG, name: 'cat.png' }]);
    const reply = await (await alice.openMessageCommand('Imagine from this', post.id)).final();
    expect(reply).toMatchObject({
      content: '200',
      type: MessageType.ContextMenuCommand,
      referenced_message: { id: post.id },
    });
  });

  it('tells a thread from its channel, and a DM from a server', async () => {
    const local = await startChecked();
    await startClient(local);
    const { thread, general, gallery, dm } = local.world.channels;
    const { alice } = local.world.users;
    const payloadIn = async (channelId: string) =>
      (await local.act(alice.id, channelId).rawCommand(IMAGINE)).record().payload;
    const inThread = await payloadIn(thread.id);
    expect(inThread).toMatchObject({ context: 0, channel: { parent_id: general.id }, guild_id: local.world.guild.id });
    expect(inThread.channel).not.toHaveProperty('nsfw');
    expect(await payloadIn(gallery.id)).toMatchObject({ channel: { nsfw: true }, member: { user: { id: alice.id } } });
    const inDm = await payloadIn(dm.alice.id);
    expect(inDm).toMatchObject({ context: 1, user: { id: alice.id }, authorizing_integration_owners: { 0: '0' } });
    expect(inDm).not.toHaveProperty('member');
    expect(() => local.act(alice.id, dm.bob.id)).toThrow('is not in that channel');
  });
});

describe('time', () => {
  it('gives up on a bot that does not answer, and refuses it when it does', async () => {
    const local = await startChecked({ limits: { interactionMs: 60 } });
    const failures: unknown[] = [];
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const alice = await startBot(local, async (interaction) => {
      await local.until(() => (local.interaction(interaction.id)?.record().outcome === 'failed' ? true : undefined));
      await interaction.deferReply().catch((error) => failures.push(error.code));
      resolve();
    });
    const interaction = await alice.rawCommand(IMAGINE);
    expect(await interaction.response()).toEqual({ type: 'failed', failed: 'The application did not respond' });
    await failed;
    expect(failures).toEqual([10062]);
    await expect(interaction.final()).rejects.toThrow('The application did not respond');
  });

  it('refuses a second callback', async () => {
    const local = await startChecked();
    const client = await startClient(local);
    const interaction = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .rawCommand(IMAGINE);
    const call = () =>
      client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
        auth: false,
        body: { type: 5 },
      });
    await call();
    await expect(call()).rejects.toMatchObject({ status: 400, code: 40060 });
  });

  it('lets the token die after fifteen minutes, and the bot token take over', async () => {
    let time = Date.now();
    const local = await startChecked({ now: () => time });
    const client = await startClient(local);
    const interaction = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .rawCommand(IMAGINE);
    const original = `/webhooks/${local.applicationId}/${interaction.token}/messages/@original` as const;
    const anonymously = { auth: false } as const;
    await client.rest.post(`/interactions/${interaction.id}/${interaction.token}/callback`, {
      ...anonymously,
      body: { type: 5 },
    });
    const id = interaction.message()?.id;
    const asBot = `/channels/${interaction.channelId}/messages/${id}` as const;
    await expect(client.rest.patch(asBot, { body: { content: 'x' } })).rejects.toMatchObject({ code: 10008 });
    await client.rest.patch(original, { ...anonymously, body: { content: 'still working' } });
    time += 15 * 60_000 + 1;
    await expect(client.rest.patch(original, { ...anonymously, body: { content: 'x' } })).rejects.toMatchObject({
      status: 401,
      code: 50027,
    });
    await client.rest.patch(asBot, { body: { content: 'done' } });
    expect(interaction.message()?.content).toBe('done');
  });

  it('shows a deferred reply that was never filled in as failed', async () => {
    let time = Date.now();
    const local = await startChecked({ now: () => time });
    const alice = await startBot(local, (interaction) => interaction.deferReply());
    const interaction = await alice.rawCommand(IMAGINE);
    await interaction.response();
    expect(interaction.record().outcome).toBe('acknowledged');
    time += 16 * 60_000;
    expect(interaction.record().outcome).toBe('failed');
  });
});

describe('refusals', () => {
  /** A client, and how to call with an interaction's token. */
  async function startRaw(local: LocalDiscord) {
    const { rest } = await startClient(local);
    const alice = local.act(local.world.users.alice.id, local.world.channels.general.id);
    return {
      alice,
      callback: ({ id, token }: { id: string; token: string }, body: unknown) =>
        rest.post(`/interactions/${id}/${token}/callback`, { auth: false, body }),
      webhook: (
        method: 'get' | 'post' | 'patch' | 'delete',
        token: string,
        path = '',
        body?: unknown,
        application = local.applicationId,
      ) => rest[method](`/webhooks/${application}/${token}${path}`, { auth: false, body }),
    };
  }

  it('knows which token belongs where', async () => {
    const local = await startChecked();
    const { alice, callback, webhook } = await startRaw(local);
    const one = await alice.rawCommand(IMAGINE);
    const two = await alice.rawCommand(IMAGINE);
    await expect(callback({ id: one.id, token: two.token }, { type: 5 })).rejects.toMatchObject({
      status: 404,
      code: 10062,
    });
    await expect(webhook('patch', one.token, '/messages/@original', { content: 'x' })).rejects.toMatchObject({
      status: 404,
      code: 10015,
    });
    await expect(webhook('post', 'made-up', '', { content: 'x' })).rejects.toMatchObject({ status: 401, code: 50027 });
    await callback(one, { type: 4, data: { content: 'x' } });
    await callback(two, { type: 4, data: { content: 'y' } });
    await expect(
      webhook('get', one.token, '/messages/@original', undefined, '1180000000000009999'),
    ).rejects.toMatchObject({ code: 10015 });
    await expect(webhook('get', one.token, `/messages/${two.message()?.id}`)).rejects.toMatchObject({ code: 10008 });
    await webhook('delete', one.token, '/messages/@original');
    await expect(webhook('patch', one.token, '/messages/@original', { content: 'x' })).rejects.toMatchObject({
      code: 10008,
    });
    await expect(one.final()).rejects.toThrow('was deleted');
  });

  it('cannot answer where the channel is gone', async () => {
    const local = await startChecked();
    const { alice, callback, webhook } = await startRaw(local);
    const answered = await alice.rawCommand(IMAGINE);
    await callback(answered, { type: 4, data: { content: 'x' } });
    const waiting = await alice.rawCommand(IMAGINE);
    local.deleteChannel(local.world.channels.general.id);
    await expect(callback(waiting, { type: 5 })).rejects.toMatchObject({ status: 404, code: 10003 });
    await expect(webhook('post', answered.token, '', { content: 'x' })).rejects.toMatchObject({ code: 10003 });
    await expect(webhook('patch', answered.token, '/messages/@original', { content: 'x' })).rejects.toMatchObject({
      code: 10008,
    });
  });

  it('refuses a callback that does not fit the interaction', async () => {
    const local = await startChecked();
    const { alice, callback } = await startRaw(local);
    const command = await alice.rawCommand(IMAGINE);
    for (const type of [1, 6, 7, 8, 10, 99]) {
      await expect(callback(command, { type, data: { choices: [] } }), `type ${type}`).rejects.toMatchObject({
        status: 400,
        code: 50035,
      });
    }
    await expect(callback(command, { type: 5, data: { flags: 32_768 } })).rejects.toMatchObject({ code: 50035 });
    await expect(callback(command, { type: 4, data: {} })).rejects.toMatchObject({ code: 50006 });
    await callback(command, { type: 5, data: { flags: 64 } });
  });

  it('allows an app its member installed five follow-ups', async () => {
    const local = await startChecked();
    const { alice, callback, webhook } = await startRaw(local);
    const interaction = await alice.rawCommand(IMAGINE, { install: 'user' });
    expect(interaction.record().payload.authorizing_integration_owners).toEqual({ 1: local.world.users.alice.id });
    await callback(interaction, { type: 4, data: { content: 'x' } });
    for (let count = 0; count < 5; count += 1) await webhook('post', interaction.token, '', { content: 'more' });
    await expect(webhook('post', interaction.token, '', { content: 'more' })).rejects.toMatchObject({ code: 40094 });
    await webhook('patch', interaction.token, '/messages/@original', { content: 'edited' });
  });

  it('refuses a modal it could not show', async () => {
    const local = await startChecked();
    const { alice, callback } = await startRaw(local);
    const interaction = await alice.rawCommand(IMAGINE);
    const input = (fields: object) => ({
      type: 18,
      label: 'Prompt',
      component: { type: 4, custom_id: 'prompt', style: 1, ...fields },
    });
    const modal = (fields: object) => ({
      type: 9,
      data: { custom_id: 'form', title: 'Edit', components: [input({})], ...fields },
    });
    const bad = [
      { title: 'x'.repeat(46) },
      { custom_id: '' },
      { components: [] },
      { components: Array.from({ length: 6 }, (_, index) => input({ custom_id: `c${index}` })) },
      { components: [input({}), input({})] },
      { components: [input({ min_length: 5, max_length: 4 })] },
      { components: [{ ...input({}), label: 'x'.repeat(46) }] },
      {
        components: [
          {
            type: 18,
            label: 'x',
            component: { type: 3, custom_id: 's', options: [{ label: 'a', value: 'a' }], disabled: true },
          },
        ],
      },
      {
        components: [
          { type: 18, label: 'x', component: { type: 21, custom_id: 'r', options: [{ label: 'a', value: 'a' }] } },
        ],
      },
      { components: [{ type: 2, custom_id: 'b', style: 1, label: 'b' }] },
    ];
    for (const fields of bad)
      await expect(callback(interaction, modal(fields)), JSON.stringify(fields)).rejects.toMatchObject({ code: 50035 });
    await callback(interaction, modal({}));
    await expect(callback(await alice.submitModal(interaction, { prompt: 'x' }), modal({}))).rejects.toMatchObject({
      code: 50035,
    });
  });
});
