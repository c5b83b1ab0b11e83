// One benchmark, for the process that started this one: node bench/run-one.mjs FILE [OPTIONS AS JSON]
const [file, options = '{}'] = process.argv.slice(2);
const { bench } = await import(file);
const figures = await bench({ say: (text) => console.log(`   ${text}`), ...JSON.parse(options) });
process.send?.(figures, () => process.exit(0));
