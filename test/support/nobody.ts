/** Where nobody listens: a port that needs rights to be listened at, and that has been out of use for decades. */
export const NOBODY = 'http://127.0.0.1:1';
