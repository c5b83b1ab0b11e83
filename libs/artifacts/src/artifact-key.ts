import { invalidField } from '@lyceum/errors';

const segment = /^[A-Za-z0-9_][A-Za-z0-9._=@+-]{0,199}$/;
const maxLength = 800;

/** The key, if it is one that every driver can hold; INVALID_FIELD otherwise. */
export function checkKey(key: string, field = 'key'): string {
  if (key.length > maxLength)
    throw invalidField(field, `must have at most ${maxLength} characters, found ${key.length}`);
  const wrong = key.split('/').find((part) => !segment.test(part));
  if (wrong !== undefined) {
    throw invalidField(
      field,
      `${JSON.stringify(key.slice(0, 120))} has the segment ${JSON.stringify(wrong.slice(0, 60))}; a key is made of ` +
        `segments of 1 to 200 letters, digits and ._=@+- that start with a letter, a digit or _, joined by single slashes`,
    );
  }
  return key;
}

/** A folder of keys: a key, with or without a slash at the end, or empty for all. */
export function checkPrefix(prefix: string): string {
  const folder = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return folder === '' ? '' : checkKey(folder, 'prefix');
}
