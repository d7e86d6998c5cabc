using Slipway.Store.Contract;
using Slipway.Store.Tests.Sqlite;

// Run by a test of this same program, it writes to a store until it is killed; else it runs the tests.
return args is ["victim", ..]
    ? await Victim.RunAsync(new SqliteUnderTest(), args[1..])
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
