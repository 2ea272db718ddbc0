process.exitCode = 7;
process.disconnect();
