/** Names and descriptions of commands and their options, as Discord lists them. In English; Discord's limit is 100 characters. */
const en = {
  imagine: {
    name: 'imagine',
    description: 'Paint a picture from your words',
    options: {
      prompt: { name: 'prompt', description: 'What the picture shows' },
      model: { name: 'model', description: 'Who paints it: a model, or a model at one provider' },
      aspect: { name: 'aspect', description: 'Width to height (1:1 when left out)' },
      seed: { name: 'seed', description: 'Repeat an earlier picture: the number under it' },
      steps: { name: 'steps', description: 'How long the model works on it (its own default when left out)' },
      count: { name: 'count', description: 'How many pictures, 1 to 4' },
      guidance: { name: 'guidance', description: 'How closely the model keeps to the prompt' },
      negative: { name: 'negative', description: 'What the picture should not show' },
      image: { name: 'image', description: 'A picture of yours to start from' },
      strength: { name: 'strength', description: 'How far from your picture: 0.05 stays close, 1 is free of it' },
      private: { name: 'private', description: 'Only you see the answer' },
    },
  },
  models: {
    name: 'models',
    description: 'What can paint here, who serves it, for how much, and how fast it is now',
    options: {},
  },
  usage: { name: 'usage', description: 'Your pictures and what they cost, today and this month', options: {} },
  status: { name: 'status', description: 'How the painters are doing, and how long the line is', options: {} },
  recent: { name: 'recent', description: 'Your last pictures, with their buttons; only you see them', options: {} },
  'imagine-from': { name: 'Imagine from this' },
} as const;

export function describeCommand<Name extends keyof typeof en>(name: Name): (typeof en)[Name] {
  return en[name];
}
