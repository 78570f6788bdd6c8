// Runs before every script, on whatever Node is there: plain JavaScript, so that an old Node can read it.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Easel needs Node 24 or newer, and this is Node ${process.versions.node}. ` +
      'On Linux and Windows `npm install` brings Node 24 along; elsewhere install it from https://nodejs.org and try again.',
  );
  process.exit(1);
}
