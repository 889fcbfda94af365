import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/e2ee/bytes';
import { authority, caller, staff } from './people';

describe('a group of a counsellor and a caller', () => {
  test('shares keys and carries application data', async () => {
    const line = await authority();
    const counsellor = await staff(line);
    const person = await caller(line);
    const pending = await counsellor.member.prepareGroup(await person.member.keyPackage());
    expect(counsellor.member.current).toBeUndefined();
    const created = pending.confirm();
    const joined = await person.member.join(pending.welcome);
    expect(joined.baseKey).toEqual(created.baseKey);
    expect(joined.epoch).toBe(1n);
    expect(person.member.epochAuthenticator).toEqual(counsellor.member.epochAuthenticator);
    expect(joined.members.map(({ identity }) => identity.role)).toEqual(['counsellor', 'caller']);
    const sealed = await counsellor.member.seal(utf8('hello'));
    expect(await person.member.open(sealed)).toEqual({ from: 0, data: utf8('hello') });
    const back = await person.member.seal(utf8('hello back'));
    expect(await counsellor.member.open(back)).toEqual({ from: 1, data: utf8('hello back') });
  });
});
