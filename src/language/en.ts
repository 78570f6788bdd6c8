interface PaintingInstead {
  provider: string;
  other: string;
  /** Only where it is several. */
  count?: number;
  price?: string;
}

function trying({ provider, count, price }: PaintingInstead): string {
  return `trying ${provider}${price === undefined ? '' : `, ${count} pictures for about ${price}`}…`;
}

interface Chosen {
  label: string;
  /** Others were passed over because they draw their own seed. */
  seed?: boolean;
  /** Others were passed over because they do less of what was asked. */
  fits?: boolean;
}

function amongWhom({ seed = false, fits = false }: Omit<Chosen, 'label'>): string | undefined {
  if (seed) return ' that honours the seed';
  return fits ? ' of those that fit the request best' : undefined;
}

/** Every sentence members read, in English. Another language is another file with the same keys. */
export const en = {
  // What to change
  'prompt-empty': 'Write a prompt: say what the picture should show.',
  'prompt-too-long': ({ most, length }: { most: number; length: number }) =>
    `That prompt is ${length} characters long; shorten it to ${most} or fewer.`,
  'prompt-too-long-for-offer': ({ label, most, length }: { label: string; most: number; length: number }) =>
    `${label} reads at most ${most} characters and that prompt has ${length}; shorten it or pick another model.`,
  'model-unknown': ({ model, known }: { model: string; known: string }) =>
    `There is no model “${model}” here. Pick one of: ${known}.`,
  'aspect-unknown': ({ known }: { known: string }) => `That aspect ratio is not offered. Pick one of: ${known}.`,
  'seed-range': 'A seed is a whole number from 1 to 4294967295. Leave it out to have one drawn.',
  'steps-whole': 'Steps are a whole number, 1 or more; `/models` tells how many each model takes.',
  'steps-range': ({ label, least, most }: { label: string; least: number; most: number }) =>
    least === most
      ? `${label} works with ${least} ${least === 1 ? 'step' : 'steps'} only.`
      : `${label} takes ${least} to ${most} steps. Change the steps or leave them out.`,
  'count-range': ({ most }: { most: number }) => `Ask for 1 to ${most} pictures at a time.`,
  'guidance-number': ({ most }: { most: number }) => `Guidance is a number from 0 to ${most}.`,
  'guidance-range': ({ label, least, most }: { label: string; least: number; most: number }) =>
    `${label} takes guidance from ${least} to ${most}. Change it or leave it out.`,
  'guidance-unsupported': ({ label }: { label: string }) =>
    `${label} has no guidance dial. Leave the guidance out or pick another model.`,
  'negative-unsupported': ({ label }: { label: string }) =>
    `${label} takes no negative prompt. Leave it out or pick another model.`,
  'strength-range': 'Strength is a number from 0.05 (close to the picture) to 1 (free of it).',
  'strength-without-image': 'Strength needs a picture to start from: attach one as “image” or leave the strength out.',
  'option-invalid': ({ option }: { option: string }) =>
    `The option “${option}” has a value this command cannot use. Change it and try again.`,
  'needs-image': ({ model }: { model: string }) =>
    `${model} starts from a picture: attach one as “image”, or pick another model.`,
  'no-image-to-image': ({ model }: { model: string }) =>
    `${model} cannot start from a picture here. Pick a model that can, or leave the picture out.`,
  'no-variation':
    'None of the models configured here can vary a picture. The person who runs this bot can add one: FAL_KEY, DEEPINFRA_TOKEN, SDAPI_URL or OCTOAI_TOKEN brings one.',
  'no-inpaint': ({ model }: { model: string }) => `${model} cannot repaint a part of a picture here.`,
  'image-not-a-picture': 'That file is not a picture Easel can read. Attach a PNG, JPEG, WebP or GIF.',
  'image-too-large': ({ megapixels, most }: { megapixels: number; most: number }) =>
    `That picture has ${megapixels} megapixels; attach one of at most ${most}.`,
  'image-too-heavy': ({ megabytes }: { megabytes: number }) =>
    `That file is too large; attach a picture of at most ${megabytes} MB.`,
  'image-gone': 'The picture this was to start from is no longer there. Attach it again or start from another one.',
  'result-gone':
    'That result is too old or was deleted, so there is nothing left to build on. Start afresh with `/imagine`.',
  'button-unknown': 'That button is from another version of this bot. Start afresh with `/imagine`.',
  'command-unknown': 'That command is from another version of this bot. Reload Discord (Ctrl+R) and try again.',
  'no-picture-here': 'That message has no picture. Use this on a message that shows one.',
  'picture-elsewhere':
    'That picture is hosted on another site, and Easel reads only files posted on Discord. Post it as a file and use this on your message.',
  'your-words': 'What you wrote, to copy:',
  'your-words-file': 'What you wrote is in the file below.',
  'modal-too-slow': 'That took too long just now. Try again.',
  'prompt-too-long-for-form': 'That prompt is too long for the form. Copy it from Info, change it, and use `/imagine`.',
  'modal-too-old': 'That form is too old. Open it again.',
  'not-yours-to-delete':
    'Only the member who asked for this picture, or someone who may manage messages, can delete it.',
  'cannot-delete':
    'Discord does not let Easel delete the message in its channel from here, so nothing was erased. Press Delete under that message itself.',
  'not-yours-to-cancel': 'Only the member who asked for this picture can cancel it.',
  'cannot-post-here': ({ missing }: { missing: string }) =>
    `Easel is not allowed to post pictures in this channel. Ask a moderator to give it the permission ${missing} here, or use \`/imagine\` with \`private\`.`,

  // What an offer could not do quite as asked; shown small under the result
  'note-seed': ({ label }: { label: string }) => `${label} chooses its own seed, so the one you gave was not used.`,
  'note-steps': ({ label }: { label: string }) =>
    `${label} chooses its own steps, so the number you gave was not used.`,
  'note-strength': ({ label }: { label: string }) => `${label} has no strength dial, so the strength was not used.`,
  'note-left-out-negative': ({ model }: { model: string }) =>
    `${model} painted this without the negative prompt of the picture it started from.`,
  'note-left-out-guidance': ({ model }: { model: string }) =>
    `${model} painted this without the guidance of the picture it started from.`,
  'note-left-out-steps': ({ model }: { model: string }) =>
    `${model} painted this in its own steps, not in those of the picture it started from.`,
  'note-prompt': ({ label }: { label: string }) => `${label} varies the picture without reading a prompt.`,
  'note-size': ({ label, size, aspect }: { label: string; size: string; aspect: string }) =>
    `${label} does not paint ${aspect} exactly; ${size} is its nearest size.`,
  'note-cropped': ({ aspect }: { aspect: string }) => `The picture it started from was cropped to ${aspect}.`,
  'note-other-size': ({ label, size, asked }: { label: string; size: string; asked: string }) =>
    `${label} painted ${size} although it was asked for ${asked}.`,
  'note-withheld': ({ count }: { count: number }) =>
    count === 1
      ? 'One picture was withheld by the safety filter.'
      : `${count} pictures were withheld by the safety filter.`,
  'note-missing': ({ count }: { count: number }) =>
    count === 1 ? 'One picture could not be painted.' : `${count} pictures could not be painted.`,

  'too-many-waiting': ({ most }: { most: number }) =>
    `You already have ${most} pictures on the way. Wait for one to arrive, or cancel one.`,

  // What went wrong, and what to do
  cancelled: 'Cancelled. It cost nothing.',
  'cancelled-after-asking': ({ provider, price }: { provider: string; price: string }) =>
    `Cancelled. ${provider} had been asked already and may charge up to ${price} for it.`,
  'cancelled-after-trying': 'Cancelled. A provider had been asked before; whatever it may charge is in `/usage`.',
  'answer-lost': ({ provider }: { provider: string }) =>
    `${provider} was asked, but its answer was lost on the way. The call may still be billed, so it was not repeated.`,
  'was-away': 'Easel was away when you asked for this, so nothing was painted, and it cost nothing.',
  rejected: ({ provider }: { provider: string }) =>
    `${provider} refused this prompt because of its content rules. Change the prompt and try again.`,
  'all-withheld': ({ provider }: { provider: string }) =>
    `${provider}’s safety filter withheld the picture. Change the prompt and try again.`,
  'image-rejected': ({ provider }: { provider: string }) =>
    `${provider} refused the picture you gave it. Try another one.`,
  'provider-rate-limited': ({ provider, seconds }: { provider: string; seconds?: number }) =>
    seconds === undefined
      ? `${provider} is busy right now. Try again in a minute.`
      : `${provider} is busy right now. Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
  'provider-setup': ({ provider }: { provider: string }) =>
    `${provider} cannot be used right now because of how it is set up here. Try another model; the person who runs this bot has been told.`,
  'provider-trouble': ({ provider }: { provider: string }) =>
    `${provider} could not finish the picture. Try again in a moment.`,
  'provider-unreachable': ({ provider }: { provider: string }) =>
    `${provider} cannot be reached right now. Try again in a moment or pick another model.`,
  'provider-slow': ({ provider }: { provider: string }) => `${provider} did not answer in time. Try again in a moment.`,
  'provider-unreadable': ({ provider }: { provider: string }) =>
    `${provider} sent something that is not a picture. Try again in a moment.`,
  'provider-missing': ({ provider }: { provider: string }) => `${provider} is not set up here. Pick another model.`,
  'waits-in-recent': 'The picture is ready, but Discord would not take it here. It waits in `/recent`.',
  'will-wait-in-recent':
    'This takes longer than Discord lets Easel change a private message. Look into `/recent` later: the picture will wait there.',
  stopping:
    'It is being stopped. If it was painted by now, it waits in `/recent`; whatever a provider may charge is in `/usage`.',
  'something-wrong': ({ reference }: { reference: string }) =>
    `Something went wrong here. Try again; if it keeps happening, tell the person who runs this bot: ${reference}`,
  'given-up': ({ reference }: { reference: string }) =>
    `Easel stopped each time it worked on this, so it gave up. Try again; if it keeps happening, tell the person who runs this bot: ${reference}`,

  // What stops a start; whoever runs the bot reads it in the terminal
  'port-in-use': ({ host, port }: { host: string; port: number }) =>
    `Port ${port} on ${host} is already in use. Set PORT to another one, or stop what uses it.`,
  'port-forbidden': ({ host, port }: { host: string; port: number }) =>
    `Port ${port} on ${host} may not be used by this account. Set PORT to one from 1024 up.`,
  'host-unavailable': ({ host }: { host: string }) =>
    `${host} is not an address of this machine. Set HOST to one that is, such as 127.0.0.1.`,

  // Money
  'budget-member': ({ resets }: { resets: string }) => `Your budget for pictures is used up. It resets ${resets}.`,
  'budget-guild': ({ resets }: { resets: string }) =>
    `This server’s budget for pictures is used up. It resets ${resets}.`,
  'budget-member-little': ({ resets }: { resets: string }) =>
    `What is left of your budget does not cover a picture like this. Pick a cheaper model or fewer steps; it resets ${resets}.`,
  'budget-guild-little': ({ resets }: { resets: string }) =>
    `What is left of this server’s budget does not cover a picture like this. Pick a cheaper model or fewer steps; it resets ${resets}.`,
  'budget-member-short': ({ count, resets }: { count: number; resets: string }) =>
    `What is left of your budget does not cover ${count} pictures. Ask for fewer; it resets ${resets}.`,
  'budget-guild-short': ({ count, resets }: { count: number; resets: string }) =>
    `What is left of this server’s budget does not cover ${count} pictures. Ask for fewer; it resets ${resets}.`,

  // /models, /usage and /status
  'models-title': 'What can paint here',
  'models-sketch': 'Easel’s built-in painter: abstract patterns, no AI, free.',
  'models-offer': ({
    name,
    provider,
    price,
    speed,
    can,
  }: {
    name: string;
    provider: string;
    price: string;
    speed: string;
    can: string;
  }) => `- \`${name}\` by ${provider}: ${price}, ${speed}; ${can}`,
  'models-price': ({ price }: { price: string }) => `${price} a picture`,
  'models-speed-unknown': 'not asked lately',
  'models-speed': ({ seconds }: { seconds: string }) => `${seconds} s lately`,
  'models-resting': 'out of rotation just now',
  'can-text-to-image': 'paints from words',
  'can-image-to-image': 'from a picture',
  'can-seed': 'honours seeds',
  'can-steps': ({ least, most }: { least: number; most: number }) => `${least}–${most} steps`,
  'can-guidance': 'guidance',
  'can-negative': 'negative prompt',
  'models-more':
    'Variations of FLUX pictures need a provider that starts from a picture. The person who runs this bot can add one: FAL_KEY, DEEPINFRA_TOKEN, SDAPI_URL or OCTOAI_TOKEN brings one.',
  'usage-title-mine': 'Your pictures',
  'usage-title-guild': 'This server’s pictures',
  'usage-line': ({ period, pictures, spent }: { period: string; pictures: number; spent: string | undefined }) =>
    `- ${period}: ${pictures === 1 ? '1 picture' : `${pictures} pictures`}${spent === undefined ? '' : `, ${spent}`}`,
  'usage-day': 'Today',
  'usage-month': 'This month',
  'usage-uncertain': ({ amount }: { amount: string }) =>
    `, and up to ${amount} that may still be charged for calls that brought no picture`,
  'usage-reserved': ({ amount }: { amount: string }) => `, ${amount} reserved for pictures on the way`,
  'usage-left': ({ left, limit, resets }: { left: string; limit: string; resets: string }) =>
    `, ${left} left of ${limit} until ${resets}`,
  'usage-utc': 'Days and months are counted in UTC.',
  'status-title': 'How things are',
  'status-queue': ({ queued, running }: { queued: number; running: number }) =>
    `${queued} waiting in line, ${running} being painted.`,
  'status-fine': ({ offer, speed }: { offer: string; speed: string }) => `- 🟢 ${offer}: fine, ${speed}`,
  'status-limited': ({ offer, until }: { offer: string; until: string }) =>
    `- 🟡 ${offer}: asked for a pause, back ${until}`,
  'status-trying': ({ offer }: { offer: string }) =>
    `- 🟡 ${offer}: was failing, the next picture will show whether it is back`,
  'status-down': ({ offer, until }: { offer: string; until: string }) => `- 🔴 ${offer}: failing, tried again ${until}`,
  'status-setup': ({ offer }: { offer: string }) => `- 🔴 ${offer}: the person who runs this bot has to fix its setup`,
  'status-setup-variable': ({ offer, variable }: { offer: string; variable: string }) =>
    `- 🔴 ${offer}: refuses how it is set up here; look at ${variable}, and at the account behind it`,

  // Why an offer was chosen
  'reason-pinned': ({ label }: { label: string }) => `${label}: you chose it.`,
  'reason-only': ({ label }: { label: string }) => `${label}: the only one here that can do this.`,
  'reason-cheapest': ({ label, ...rest }: Chosen) => `${label}: cheapest${amongWhom(rest) ?? ' here'}.`,
  'reason-fastest': ({ label, ...rest }: Chosen) => `${label}: fastest lately${amongWhom(rest) ?? ''}.`,
  'reason-order': ({ label, ...rest }: Chosen) => `${label}: first in the order set here${amongWhom(rest) ?? ''}.`,
  'reason-instead': ({ label, other }: { label: string; other: string }) =>
    `${label}: stood in for ${other}, which was busy or failing.`,

  // While it waits; each ends with an ellipsis, and nothing else does
  'waiting-next': ({ seconds }: { seconds?: number }) =>
    seconds === undefined ? 'You are next in line…' : `You are next in line, about ${seconds} s to go…`,
  'waiting-position': ({ before, seconds }: { before: number; seconds?: number }) =>
    `${before} before you${seconds === undefined ? '' : `, about ${seconds} s to go`}…`,
  'waiting-again': ({ seconds }: { seconds: number }) => `That did not work yet. Trying again in ${seconds} s…`,
  'painting-instead-slow': (values: PaintingInstead) => `${values.other} is slow, ${trying(values)}`,
  'painting-instead-busy': (values: PaintingInstead) => `${values.other} is busy, ${trying(values)}`,
  'painting-instead-failed': (values: PaintingInstead) => `${values.other} failed, ${trying(values)}`,
  'painting-price': ({ provider, count, price }: { provider: string; count: number; price: string }) =>
    `${count} pictures by ${provider} for about ${price}…`,
  'painting-elapsed': ({ provider, seconds }: { provider: string; seconds: number }) =>
    `${provider} is painting, ${seconds} s so far…`,

  // /recent
  'recent-none': 'You have no pictures yet. Ask for one with `/imagine`.',
  'recent-lost':
    'The picture itself is no longer kept. Regenerate paints another one from the same words; Info has the line that repeats this one.',
  'button-newer': 'Newer',
  'button-older': 'Older',

  'sentence-unknown': 'Another version of Easel had something to say here that this one has no words for.',

  // Labels
  'modal-edit-title': 'Edit prompt',
  'modal-from-title': 'Imagine from this',
  'modal-prompt': 'Prompt',
  'modal-seed': 'Seed',
  'modal-seed-hint': 'A whole number from 1 to 4294967295; empty draws a new one.',
  'modal-strength': 'Strength',
  'modal-strength-hint': '0.05 stays close to the picture, 1 is free of it.',
  'modal-picture': 'Which picture?',
  'modal-picture-choice': ({ number }: { number: number }) => `Picture ${number}`,
  'button-regenerate': 'Regenerate',
  'button-variation': ({ number }: { number: number }) => `V${number}`,
  'button-edit': 'Edit prompt',
  'button-info': 'Info',
  'button-delete': 'Delete',
  'button-cancel': 'Cancel',
  'button-retry': 'Try again',

  // The small line under a result, and what Info says
  'fact-steps': ({ steps }: { steps: number }) => (steps === 1 ? '1 step' : `${steps} steps`),
  'fact-seed': ({ seeds }: { seeds: string }) => `seed ${seeds}`,
  'fact-seed-theirs': ({ provider }: { provider: string }) => `seed chosen by ${provider}`,
  'fact-seconds': ({ seconds }: { seconds: string }) => `${seconds} s`,
  'fact-free': 'free',
  'fact-strength': ({ strength }: { strength: number }) => `strength ${strength}`,
  'info-title': 'Everything needed to repeat this picture',
  'info-prompt': ({ prompt }: { prompt: string }) => `**Prompt:** ${prompt}`,
  'info-negative': ({ prompt }: { prompt: string }) => `**Negative prompt:** ${prompt}`,
  'info-prompt-file': '**Prompt:** it is long, so it is in the file below.',
  'info-model': ({ model, provider }: { model: string; provider: string }) =>
    `**Model:** ${model}, painted by ${provider}`,
  'info-size': ({ size, aspect }: { size: string; aspect: string | undefined }) =>
    `**Size:** ${size} px${aspect === undefined ? '' : ` (${aspect})`}`,
  'info-steps': ({ steps }: { steps: number }) => `**Steps:** ${steps}`,
  'info-seed': ({ seeds }: { seeds: string }) => `**Seed:** ${seeds}`,
  'info-seed-theirs': ({ provider }: { provider: string }) => `**Seed:** chosen by ${provider}`,
  'info-guidance': ({ guidance }: { guidance: number }) => `**Guidance:** ${guidance}`,
  'info-strength': ({ strength }: { strength: number }) =>
    `**Strength:** ${strength} (0.05 keeps the picture it started from, 1 ignores it)`,
  'info-image': 'It started from a picture, which has to be attached again to repeat it.',
  'info-cost': ({ cost }: { cost: string }) => `**Price:** ${cost}`,
  'info-time': ({ seconds }: { seconds: string }) => `**Painted in:** ${seconds} s`,
  'info-asked-by': ({ user, when }: { user: string; when: string }) => `**Asked for by:** ${user}, ${when}`,
  'info-reason': ({ reason }: { reason: string }) => `**Chosen:** ${reason}`,
  'info-repeat': '**To paint it again, paste this into the message box:**',
  'info-repeat-file': '**To paint it again:** its prompt and its options are in the file below.',
  'info-sketch':
    'Sketch is Easel’s built-in painter: abstract patterns drawn from the prompt and the seed, without any AI.',
  'info-erased': 'The prompt was erased.',
} as const;
