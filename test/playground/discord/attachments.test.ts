import { createHash } from 'node:crypto';
import type { APIMessage } from 'discord-api-types/v10';
import { ComponentType, MessageFlags } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import type { LocalDiscord } from '../../../src/playground/discord/local-discord.ts';
import { PNG } from './pictures.ts';
import { createRest, startChecked } from './real-client.ts';

const file = (name: string, data: Buffer | string = name) => ({ name, data: Buffer.from(data) });

/** A message of the bot in general with the files `a.txt` and `b.txt`, and what edits it. */
async function startWithFiles(local: LocalDiscord) {
  const rest = createRest(local);
  const { general } = local.world.channels;
  const route = `/channels/${general.id}/messages` as const;
  const { id } = (await rest.post(route, {
    body: { content: 'x' },
    files: [file('a.txt'), file('b.txt')],
  })) as APIMessage;
  const find = () => {
    const message = local.message(general.id, id);
    if (!message) throw new Error('the message is gone');
    return message;
  };
  return {
    find,
    names: () => find().attachments.map(({ filename }) => filename),
    edit: (body: object, files: { name: string; data: Buffer }[] = []) => rest.patch(`${route}/${id}`, { body, files }),
  };
}

describe('attachments of an edited message', () => {
  it('stay when the edit says nothing about them', async () => {
    const { edit, names } = await startWithFiles(await startChecked());
    await edit({ content: 'y' });
    expect(names()).toEqual(['a.txt', 'b.txt']);
  });

  it('are added to by an edit with files alone', async () => {
    const { edit, names } = await startWithFiles(await startChecked());
    await edit({}, [file('c.txt')]);
    expect(names()).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('all go with an empty list, and their files with them', async () => {
    const { edit, names, find } = await startWithFiles(await startChecked());
    const [url = ''] = find().attachments.map((attachment) => attachment.url);
    expect((await fetch(url)).status).toBe(200);
    await edit({ attachments: [] });
    expect(names()).toEqual([]);
    expect((await fetch(url)).status).toBe(404);
  });

  it('are those that are listed, kept and new, with what the list says of them', async () => {
    const { edit, names, find } = await startWithFiles(await startChecked());
    const [, second] = find().attachments;
    const attachments = [
      { id: second?.id, description: 'kept' },
      { id: 0, description: 'new', is_spoiler: true },
    ];
    await edit({ attachments }, [file('c.txt')]);
    expect(names()).toEqual(['b.txt', 'c.txt']);
    expect(find().attachments).toMatchObject([{ description: 'kept' }, { description: 'new', flags: 8 }]);
  });

  it('cannot be listed when they are not there', async () => {
    const { edit, names } = await startWithFiles(await startChecked());
    await expect(edit({ attachments: [{ id: '123' }] })).rejects.toMatchObject({ code: 50035 });
    expect(names()).toEqual(['a.txt', 'b.txt']);
  });

  it('cannot be more than ten', async () => {
    const { edit } = await startWithFiles(await startChecked());
    await expect(
      edit(
        {},
        Array.from({ length: 9 }, (_, index) => file(`${index}.txt`)),
      ),
    ).rejects.toMatchObject({ code: 50035 });
  });

  it.each([
    ['go with an UPDATE_MESSAGE that does not list them', false, []],
    ['stay with one that does', true, ['a.txt']],
  ])('%s', async (_what, listed, expected) => {
    const local = await startChecked();
    const rest = createRest(local);
    const components = [{ type: 1, components: [{ type: 2, style: 1, label: 'x', custom_id: 'x' }] }];
    const { general } = local.world.channels;
    const posted = (await rest.post(`/channels/${general.id}/messages`, {
      body: { components },
      files: [file('a.txt')],
    })) as APIMessage;
    const { id, token } = await local.act(local.world.users.alice.id, general.id).press(posted.id, 'x');
    const attachments = listed ? { attachments: [{ id: posted.attachments[0]?.id }] } : {};
    await rest.post(`/interactions/${id}/${token}/callback`, {
      auth: false,
      body: { type: 7, data: { content: 'y', ...attachments } },
    });
    expect(local.message(general.id, posted.id)?.attachments.map(({ filename }) => filename)).toEqual(expected);
  });
});

describe('what shows an attachment', () => {
  it('hides it from the list: an embed, and every Components V2 message', async () => {
    const local = await startChecked();
    const rest = createRest(local);
    const route = `/channels/${local.world.channels.general.id}/messages` as const;
    const files = [file('my fox.png', PNG), file('b.txt')];
    const embedded = (await rest.post(route, {
      body: { embeds: [{ image: { url: 'attachment://my_fox.png' } }] },
      files,
    })) as APIMessage;
    expect(embedded.attachments.map(({ filename }) => filename)).toEqual(['b.txt']);
    expect(embedded.embeds[0]?.image).toMatchObject({
      width: 16,
      height: 8,
      url: expect.stringMatching(/^http.*my_fox\.png\?ex=/),
    });
    const components = [{ type: ComponentType.MediaGallery, items: [{ media: { url: 'attachment://my_fox.png' } }] }];
    const modern = (await rest.post(route, {
      body: { flags: MessageFlags.IsComponentsV2, components },
      files,
    })) as APIMessage;
    expect(modern.attachments).toEqual([]);
  });

  it('survives being sent back with its signed URL', async () => {
    const local = await startChecked();
    const rest = createRest(local);
    const route = `/channels/${local.world.channels.general.id}/messages` as const;
    const gallery = (url: string) => ({
      components: [{ type: ComponentType.MediaGallery, items: [{ media: { url } }] }],
    });
    const body = { flags: MessageFlags.IsComponentsV2, ...gallery('attachment://fox.png') };
    const posted = (await rest.post(route, { body, files: [file('fox.png', PNG)] })) as APIMessage;
    const edited = (await rest.patch(`${route}/${posted.id}`, { body: gallery(urlOf(posted)) })) as APIMessage;
    expect(edited.components).toEqual(posted.components);
    const other = (await rest.post(route, {
      body: { flags: MessageFlags.IsComponentsV2, ...gallery(urlOf(posted)) },
    })) as APIMessage;
    expect(urlOf(other)).toBe(urlOf(posted));
  });
});

describe('files', () => {
  it('come back unchanged, in a type a browser may trust', async () => {
    const local = await startChecked();
    const files = [
      { file: PNG, name: 'a.png', contentType: 'text/html' },
      { file: Buffer.from('<script>alert(1)</script>'), name: 'b.html', contentType: 'image/png' },
      { file: Buffer.from('<svg onload="alert(1)"/>'), name: 'c.svg' },
      { file: Buffer.from('plain'), name: 'd.txt' },
    ];
    const { attachments } = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .post('', files);
    const answers = await Promise.all(attachments.map(({ url }) => fetch(url)));
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
      'image/png',
      'application/octet-stream',
      'application/octet-stream',
      'text/plain; charset=utf-8',
    ]);
    for (const [index, answer] of answers.entries()) {
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(files[index]?.file);
    }
  });

  it('are named without what a URL or a path could trip over', async () => {
    const local = await startChecked();
    const names = ['../../etc/passwd', 'a b?.png', '狐', 'x#y.txt'];
    const { attachments } = await local.act(local.world.users.alice.id, local.world.channels.general.id).post(
      '',
      names.map((name) => ({ file: PNG, name })),
    );
    expect(attachments.map(({ filename }) => filename)).toEqual(['....etcpasswd', 'a_b.png', 'unknown', 'xy.txt']);
    for (const { url } of attachments) expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  it('are only served to whoever has an unexpired signature for them', async () => {
    let time = Date.now();
    const local = await startChecked({ now: () => time, limits: { urlMs: 3_600_000 } });
    const { general } = local.world.channels;
    const { attachments, id } = await local
      .act(local.world.users.alice.id, general.id)
      .post('', [{ file: PNG, name: 'a.png' }]);
    const url = new URL(attachments[0]?.url ?? '');
    const status = async (change: (url: URL) => void) => {
      const changed = new URL(url);
      change(changed);
      return (await fetch(changed)).status;
    };
    expect(await status(() => undefined)).toBe(200);
    expect(await status((changed) => changed.searchParams.delete('hm'))).toBe(404);
    expect(await status((changed) => changed.searchParams.set('ex', 'ffffffff'))).toBe(404);
    expect(await status((changed) => (changed.pathname = changed.pathname.replace('a.png', 'b.png')))).toBe(404);
    const expires = Number.parseInt(url.searchParams.get('ex') ?? '', 16) * 1000;
    expect(expires - time).toBeLessThanOrEqual(3_600_000);
    time = expires;
    expect(await status(() => undefined)).toBe(404);
    expect((await fetch(local.message(general.id, id)?.attachments[0]?.url ?? '')).status).toBe(200);
  });

  it('get fresh URLs on request', async () => {
    let time = Date.now();
    const local = await startChecked({ now: () => time });
    const { attachments } = await local
      .act(local.world.users.alice.id, local.world.channels.general.id)
      .post('', [{ file: PNG, name: 'a.png' }]);
    const url = attachments[0]?.url ?? '';
    time += 48 * 3_600_000;
    const unsigned = url.split('?')[0] ?? '';
    const body = { attachment_urls: [url, unsigned, 'https://x.example/a.png'] };
    const { refreshed_urls } = (await createRest(local).post('/attachments/refresh-urls', { body })) as {
      refreshed_urls: { original: string; refreshed: string }[];
    };
    expect(refreshed_urls.map(({ original }) => original)).toEqual(body.attachment_urls);
    expect((await fetch(refreshed_urls[0]?.refreshed ?? '')).status).toBe(200);
    expect(refreshed_urls[1]?.refreshed).toBe(refreshed_urls[0]?.refreshed);
    expect(refreshed_urls[2]?.refreshed).toBe('https://x.example/a.png');
  });

  it('of the bot leave a digest behind where they are not kept', async () => {
    const local = await startChecked({ keepFiles: false });
    const { find } = await startWithFiles(local);
    const [upload] = local.requests;
    expect(upload?.files[0]).toEqual({
      name: 'a.txt',
      size: 5,
      contentType: expect.any(String),
      sha256: createHash('sha256').update('a.txt').digest('hex'),
    });
    expect(find().attachments[0]?.size).toBe(5);
    expect((await fetch(find().attachments[0]?.url ?? '')).status).toBe(404);
  });
});

function urlOf({ components }: APIMessage): string {
  const [gallery] = components ?? [];
  return gallery?.type === ComponentType.MediaGallery ? (gallery.items[0]?.media.url ?? '') : '';
}
