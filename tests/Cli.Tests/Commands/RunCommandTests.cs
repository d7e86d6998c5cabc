using System.Diagnostics;
using System.Globalization;

namespace Slipway.Cli.Tests.Commands;

public sealed class RunCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-checkout-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_jenkinsfile_runs_in_the_checkout_itself_whatever_label_it_asks_for()
    {
        Write("given.txt", "from the checkout");
        Write("Jenkinsfile", "node('some && label') { stage('Copy') { sh 'cp given.txt made.txt' } }");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "run");

        Assert.Contains("✔ Copy", output, StringComparison.Ordinal);
        Assert.Contains("SUCCESS in ", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
        Assert.Equal("from the checkout", File.ReadAllText(Path.Combine(_directory, "made.txt")));
        Assert.Equal("from the checkout", File.ReadAllText(Path.Combine(_directory, "given.txt")));
    }

    [Fact]
    public async Task A_run_in_a_checkout_has_the_environment_of_its_caller()
    {
        Write("Jenkinsfile", "node { sh 'echo \"[$RUN_COMMAND_TESTS_VARIABLE]\"' }");
        Environment.SetEnvironmentVariable("RUN_COMMAND_TESTS_VARIABLE", "of the shell");
        try
        {
            var (_, output, _) = await SlipwayProgram.RunAsync(_directory, "run", "--log");

            Assert.Contains("[of the shell]\n", output, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("RUN_COMMAND_TESTS_VARIABLE", null);
        }
    }

    [Fact]
    public async Task A_failure_shows_the_failing_steps_last_lines_and_exits_with_one()
    {
        Write("Jenkinsfile", "node { stage('Break') { sh 'echo the last words; exit 3' } }");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "run");

        Assert.Contains("✘ Break", output, StringComparison.Ordinal);
        Assert.Contains("script returned exit code 3", output, StringComparison.Ordinal);
        Assert.Contains("  the last words\n", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Parameters_are_given_and_the_console_is_printed_where_it_is_asked_for()
    {
        Write("ci.groovy", "echo \"hello ${params.WHO}\"");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "run", "ci.groovy", "-p", "WHO=world", "--log");

        Assert.Contains("hello world\n", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Theory]
    [InlineData("run", "--bogus", "slipway run knows no option '--bogus'.")]
    [InlineData("run", "--lgo", "slipway run knows no option '--lgo'. Did you mean '--log'?")]
    [InlineData("run", "--paramm=A=b", "slipway run knows no option '--paramm'. Did you mean '--param'?")]
    [InlineData("lint", "--strict", "slipway lint knows no option '--strict'.")]
    [InlineData("server", "--dta", "slipway server knows no option '--dta'. Did you mean '--data'?")]
    public async Task An_unknown_option_is_named_as_such_with_the_one_that_was_probably_meant(string command, string option, string told)
    {
        Write("Jenkinsfile", "echo 'hi'");

        var (exitCode, output, errors) = await SlipwayProgram.RunAsync(_directory, command, option);

        Assert.StartsWith(told + "\n", errors, StringComparison.Ordinal);
        Assert.Contains($"See 'slipway {command} --help'.", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task Behind_two_dashes_a_files_name_may_begin_with_one()
    {
        Write("-ci", "echo 'hi from the file'");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "run", "--log", "--", "-ci");

        Assert.Contains("hi from the file", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task A_faulty_jenkinsfile_is_told_with_its_place_and_nothing_runs()
    {
        Write("Jenkinsfile", "pipeline { agent any\n stages { stage('A') { steps { ech 'hi' } } } }");

        var (exitCode, output, _) = await SlipwayProgram.RunAsync(_directory, "run");

        Assert.Contains("Jenkinsfile:2:", output, StringComparison.Ordinal);
        Assert.Contains("Did you mean \"echo\"?", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Fact]
    public async Task Without_an_agent_it_says_where_it_looked_and_what_mends_it()
    {
        Write("Jenkinsfile", "node { }");

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, agent: null, ["run"]);

        Assert.Contains(Path.Combine(AppContext.BaseDirectory, "agent", "slipway-agent"), errors, StringComparison.Ordinal);
        Assert.Contains("SLIPWAY_AGENT=/path/to/slipway-agent", errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Ctrl_C_stops_the_run_whose_end_is_shown(string signal)
    {
        Write("Jenkinsfile", """
            node {
              stage('Wait') {
                try { sh 'sleep 6543' } finally { echo 'put away' }
              }
            }
            """);

        var (exitCode, output, errors) = await SlipwayProgram.RunAsync(_directory, SlipwayProgram.Agent(), ["run", "--log"], (process, line) =>
        {
            if (line == "+ sleep 6543")
            {
                Process.Start("kill", ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
            }
        });

        Assert.Contains("Stopping the run", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("exception", errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("put away\n", output, StringComparison.Ordinal);
        Assert.Contains("ABORTED in ", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("run", "gone")]
    [InlineData("run", "-C", "gone")]
    [InlineData("run", "-p", "novalue")]
    public async Task What_cannot_begin_is_wrong_usage(params string[] arguments)
    {
        Write("Jenkinsfile", "echo 'hi'");

        var (exitCode, _, errors) = await SlipwayProgram.RunAsync(_directory, arguments);

        Assert.NotEqual("", errors);
        Assert.Equal(2, exitCode);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_directory, name), text);
}
