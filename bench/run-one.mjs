// One benchmark, for the process that started this one: node bench/run-one.mjs FILE [ROUNDS]
const [file, rounds] = process.argv.slice(2);
const { bench } = await import(file);
const say = (text) => console.log(`   ${text}`);
const figures = await bench({ say, ...(rounds ? { rounds: Number(rounds) } : {}) });
process.send?.(figures, () => process.exit(0));
