import { LyceumError } from '@lyceum/errors';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { defineSettings } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'lyceum-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const settings = defineSettings({
  service: 'student-trainer',
  description: 'Trains students.',
  fields: {
    teacherAddress: { type: 'string', required: true, description: 'teacher to ask' },
    backend: { type: 'string', default: 'auto', choices: ['auto', 'cpu'], description: 'engine' },
    windowBatches: { type: 'integer', default: 8, min: 1, max: 64, unit: 'batches', description: 'window' },
    patienceSeconds: { type: 'number', default: 1.5, min: 0, description: 'patience' },
    reflection: { type: 'boolean', default: true, description: 'serve reflection' },
    dataRoots: { type: 'list', description: 'folders of data' },
  },
});

function problemsOf(argv: string[], environment: Record<string, string> = {}): string[] {
  try {
    settings.parse(argv, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(LyceumError);
    return (error as LyceumError).violations.map(({ field, description }) => `${field}: ${description}`);
  }
  return [];
}

describe('settings', () => {
  it('takes a value from flag, environment, file and default, in this order', () => {
    const path = file(
      'order.yaml',
      'windowBatches: 3\npatienceSeconds: 4\nbackend: cpu\ndataRoots: [/a, /b]\n',
    );
    const environment = {
      LYCEUM_STUDENT_TRAINER_WINDOW_BATCHES: '4',
      LYCEUM_STUDENT_TRAINER_PATIENCE_SECONDS: '0.25',
    };
    const parsed = settings.parse(
      ['--config', path, '--teacher-address', 'a:1', '--window-batches=5'],
      environment,
    );
    expect(parsed).toEqual({
      teacherAddress: 'a:1',
      backend: 'cpu',
      windowBatches: 5,
      patienceSeconds: 0.25,
      reflection: true,
      dataRoots: ['/a', '/b'],
    });
  });

  it('gives types that follow from the table', () => {
    const parsed = settings.parse(['--teacher-address', 'a:1'], {});
    expectTypeOf(parsed.teacherAddress).toEqualTypeOf<string>();
    expectTypeOf(parsed.backend).toEqualTypeOf<'auto' | 'cpu'>();
    expectTypeOf(parsed.windowBatches).toEqualTypeOf<number>();
    expectTypeOf(parsed.reflection).toEqualTypeOf<boolean>();
    expectTypeOf(parsed.dataRoots).toEqualTypeOf<readonly string[] | undefined>();
    expect(parsed.dataRoots).toBeUndefined();
  });

  it('names every problem at once, with where each value came from', () => {
    const path = file('wrong.yaml', '# note\npatienceSeconds: -1\nbackend: gpu\nwindowBatch: 3\n');
    const found = problemsOf(['--config', path, '--window-batches', '65'], {
      LYCEUM_STUDENT_TRAINER_REFLECTION: 'maybe',
    });
    expect(found).toEqual([
      `windowBatch: there is no such setting; did you mean "windowBatches"? (${path} line 4)`,
      'teacherAddress: is required; give --teacher-address, LYCEUM_STUDENT_TRAINER_TEACHER_ADDRESS, or "teacherAddress" in the file of --config',
      `backend: must be one of auto, cpu, found "gpu" (${path} line 3)`,
      'windowBatches: must be a whole number from 1 to 64 (batches), found "65" (flag --window-batches)',
      `patienceSeconds: must be a number of at least 0, found -1 (${path} line 2)`,
      'reflection: must be true or false, found "maybe" (environment LYCEUM_STUDENT_TRAINER_REFLECTION)',
    ]);
  });

  it('suggests the nearest flag for one that does not exist, and complains of it once', () => {
    expect(problemsOf(['--techer-address', 'a:1', '--teacher-address', 'b:1'])).toEqual([
      '--techer-address: there is no such flag; did you mean --teacher-address?',
    ]);
    expect(problemsOf(['--teacher-address', 'b:1', 'start'])).toEqual([
      'start: settings are given by flags only; see --help',
    ]);
  });

  it('refuses a flag without its value, and does not take the next flag for it', () => {
    expect(problemsOf(['--teacher-address', '--window-batches', '3'])).toContain(
      'teacherAddress: flag --teacher-address needs a value',
    );
    expect(problemsOf(['--teacher-address'])).toEqual([
      'teacherAddress: flag --teacher-address needs a value',
    ]);
  });

  it.each([
    [['--no-reflection'], false],
    [['--reflection'], true],
    [['--reflection=off'], false],
    [['--no-reflection', '--reflection'], true],
  ])('reads the boolean of %j as %j', (argv, expected) => {
    expect(settings.parse(['--teacher-address', 'a', ...argv], {}).reflection).toBe(expected);
  });

  it('reads lists by commas and by repetition', () => {
    const argv = ['--teacher-address', 'a', '--data-roots', '/a, /b', '--data-roots', '/c'];
    expect(settings.parse(argv, {}).dataRoots).toEqual(['/a', '/b', '/c']);
  });

  it.each(['', '  ', '0x10', '1.5', '1e999', 'NaN', '9007199254740993'])(
    'does not take %j for a whole number',
    (text) => {
      expect(problemsOf(['--teacher-address', 'a', `--window-batches=${text}`])).toHaveLength(1);
    },
  );

  it('takes negative numbers from the command line', () => {
    expect(problemsOf(['--teacher-address', 'a', '--patience-seconds', '-5'])[0]).toContain('found "-5"');
  });

  it('counts an empty variable and an empty field as unset', () => {
    const path = file('empty.yaml', 'backend:\n');
    const environment = { LYCEUM_STUDENT_TRAINER_WINDOW_BATCHES: '', LYCEUM_STUDENT_TRAINER_CONFIG: path };
    expect(settings.parse(['--teacher-address', 'a'], environment)).toMatchObject({
      windowBatches: 8,
      backend: 'auto',
    });
  });

  it('reads JSON files too, and an empty file', () => {
    const json = file('settings.json', '{"teacherAddress": "unix:/x", "reflection": false}');
    expect(settings.parse(['--config', json], {})).toMatchObject({
      teacherAddress: 'unix:/x',
      reflection: false,
    });
    expect(
      settings.parse(['--config', file('none.yaml', ''), '--teacher-address', 'a'], {}).windowBatches,
    ).toBe(8);
  });

  it.each([
    ['twice.yaml', 'backend: cpu\nbackend: auto\n', 'line 2 is not valid YAML'],
    ['broken.yaml', 'backend: [cpu\n', 'is not valid YAML'],
    ['list.yaml', '- backend\n', 'must hold settings by name'],
    ['quoted.yaml', 'windowBatches: "3"\n', 'found "3"'],
    ['number.yaml', 'teacherAddress: 7001\n', 'found 7001; put it in quotes'],
  ])('says what is wrong with %s', (name, text, expected) => {
    expect(problemsOf(['--config', file(name, text)]).join('\n')).toContain(expected);
  });

  it('says that the settings file is missing', () => {
    const missing = join(folder, 'missing.yaml');
    expect(problemsOf(['--config', missing])[0]).toBe(
      `config: "${missing}" cannot be read (ENOENT); give a YAML or JSON file`,
    );
  });

  it('lists every setting in its help', () => {
    const help = settings.help();
    expect(help).toContain('--window-batches <batches>  [windowBatches]');
    expect(help).toContain(
      'default 8; a whole number from 1 to 64 (batches); LYCEUM_STUDENT_TRAINER_WINDOW_BATCHES',
    );
    expect(help).toContain('required; text; LYCEUM_STUDENT_TRAINER_TEACHER_ADDRESS');
  });

  it('refuses a table that contradicts itself', () => {
    const wrong = () =>
      defineSettings({
        service: 'x',
        description: 'x',
        fields: {
          config: { type: 'string', description: 'taken' },
          countItems: { type: 'integer', default: 0, min: 1, description: 'too small' },
        },
      });
    expect(wrong).toThrow('fields.config: its name is taken');
    expect(wrong).toThrow('fields.countItems: its default must be a whole number of at least 1, found 0');
  });
});
