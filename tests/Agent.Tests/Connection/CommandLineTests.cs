using Slipway.Agent.Connection;

namespace Slipway.Agent.Tests.Connection;

public sealed class CommandLineTests
{
    [Fact]
    public void The_command_that_Jenkins_shows_on_a_nodes_page_works_as_it_is()
    {
        var settings = Parse("-url", "https://ci.example.org/", "-secret", "abc", "-name", "linux 1", "-webSocket", "-workDir", "/home/jenkins");

        Assert.Equal(("https://ci.example.org/", "linux 1", "abc", "/home/jenkins"), (settings.Url, settings.Name, settings.Secret, settings.WorkDirectory));
        Assert.Empty(settings.Remarks);
    }

    [Fact]
    public void The_environment_of_an_inbound_agents_container_works_as_it_is()
    {
        var settings = CommandLine.Parse([], Variables(("JENKINS_URL", "http://ci/"), ("JENKINS_SECRET", "abc"), ("JENKINS_AGENT_NAME", "pod-1"), ("JENKINS_NAME", "old"), ("JENKINS_AGENT_WORKDIR", "/agent"), ("JENKINS_WEB_SOCKET", "true")));

        Assert.Equal(("http://ci/", "pod-1", "abc", "/agent"), (settings.Url, settings.Name, settings.Secret, settings.WorkDirectory));
    }

    [Fact]
    public void A_pod_templates_two_words_are_the_secret_and_the_name()
    {
        var settings = CommandLine.Parse(["abc", "pod-1"], Variables(("JENKINS_URL", "http://ci/")));

        Assert.Equal(("abc", "pod-1"), (settings.Secret, settings.Name));
    }

    [Fact]
    public void The_command_line_goes_before_the_environment() =>
        Assert.Equal("here", CommandLine.Parse(["-name", "here"], Variables(("JENKINS_URL", "http://ci/"), ("JENKINS_SECRET", "s"), ("JENKINS_AGENT_NAME", "there"))).Name);

    [Fact]
    public void A_secret_can_be_read_from_a_file()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "abc\n");

        Assert.Equal("abc", Parse("-url", "http://ci/", "-name", "n", "-secret", "@" + file).Secret);
        File.Delete(file);
    }

    [Fact]
    public void What_means_nothing_here_is_accepted_and_explained()
    {
        var settings = Parse("-url", "http://ci/", "-name", "n", "-secret", "s", "-instanceIdentity", "MIIB", "-noKeepAlive", "--headless", "-jar-cache", "/x");

        Assert.Equal(3, settings.Remarks.Count);
        Assert.Contains(settings.Remarks, remark => remark.StartsWith("-instanceIdentity is ignored: it belongs to Jenkins' own protocol", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("jump.example.org:50000", "jump.example.org", 50000, true)]
    [InlineData("jump.example.org:", "jump.example.org", 8443, false)]
    [InlineData(":50000", "ci.example.org", 50000, true)]
    [InlineData("[fd00::1]:50000", "fd00::1", 50000, true)]
    public void A_tunnel_replaces_host_and_port_or_one_of_them(string tunnel, string host, int port, bool isPlain)
    {
        var byOption = Parse("-url", "https://ci.example.org:8443/x/", "-name", "n", "-secret", "s", "-tunnel", tunnel);
        var byVariable = CommandLine.Parse(["-url", "https://ci.example.org:8443/x/", "-name", "n", "-secret", "s"], Variables(("JENKINS_TUNNEL", tunnel)));

        Assert.Equal(new Detour(host, port, isPlain), byOption.Detour);
        Assert.Equal(byOption.Detour, byVariable.Detour);
        Assert.Equal(isPlain, byOption.Remarks.Any(remark => remark.Contains("is not encrypted", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_direct_connection_needs_no_url()
    {
        var settings = CommandLine.Parse(["-name", "n", "-secret", "s", "-instanceIdentity", "MIIB"], Variables(("JENKINS_DIRECT_CONNECTION", "ci.example.org:50000")));

        Assert.Equal("http://ci.example.org:50000/", settings.Url);
        Assert.Equal(new Detour("ci.example.org", 50000, IsPlain: true), settings.Detour);
    }

    [Fact]
    public void Options_may_stand_in_a_variable_and_those_of_the_command_line_go_before_them()
    {
        var variables = Variables(("JENKINS_URL", "http://ci/"), ("REMOTING_OPTS", " -noReconnectAfter 1d  -name there -webSocketHeader 'X=a b' "), ("JENKINS_JAVA_OPTS", "-Xmx1g"));

        var settings = CommandLine.Parse(["-name", "here", "-secret", "s"], variables);

        Assert.Equal(("here", TimeSpan.FromDays(1)), (settings.Name, settings.NoReconnectAfter));
        Assert.Equal(["X: a b"], settings.Headers);
        Assert.Equal(["JENKINS_JAVA_OPTS is ignored: there is no Java here to take options."], settings.Remarks);
    }

    [Fact]
    public void The_address_of_the_old_jnlp_file_holds_url_and_name()
    {
        var settings = Parse("-jnlpUrl", "https://ci/prefix/computer/linux%201/jenkins-agent.jnlp", "-secret", "s");

        Assert.Equal(("https://ci/prefix/", "linux 1"), (settings.Url, settings.Name));
    }

    [Theory]
    [InlineData("Missing: -url (or JENKINS_URL), the controller's root URL; -name (or JENKINS_AGENT_NAME), the node's name; -secret (or JENKINS_SECRET), shown on the node's page.")]
    [InlineData("The option -frobnicate is not known. slipway-agent -help lists them all.", "-frobnicate", "x")]
    [InlineData("The option -url needs a value.", "-url")]
    [InlineData("'ci' is not a URL such as https://ci.example.org/ (-url or JENKINS_URL).", "-url", "ci", "-name", "n", "-secret", "s")]
    [InlineData("Two words without an option were expected, the secret and the name; there are 3.", "a", "b", "c")]
    [InlineData("-noReconnectAfter: 'soon' is not a time such as 30s, 10m or 1h.", "-noReconnectAfter", "soon")]
    [InlineData("-tunnel (or JENKINS_TUNNEL) takes HOST:PORT, HOST: or :PORT, not 'host'.", "-url", "http://ci", "-name", "n", "-secret", "s", "-tunnel", "host")]
    [InlineData("-direct (or JENKINS_DIRECT_CONNECTION) takes HOST:PORT, not 'host:'.", "-url", "http://ci", "-name", "n", "-secret", "s", "-direct", "host:")]
    [InlineData("The secret holds characters that no secret has. Copy it again from the node's page.", "-url", "http://ci", "-name", "n", "-secret", "a\r\nEvil: header")]
    public void Wrong_usage_is_refused_with_what_to_write(string message, params string[] arguments) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => CommandLine.Parse(arguments, Variables())).Message);

    [Theory]
    [InlineData("https://ci.example.org/", "http://proxy:3128", null, "proxy")]
    [InlineData("https://ci.example.org/", "proxy:3128", "example.org", null)]
    [InlineData("https://ci.example.org/", "proxy:3128", "*.example.org,x", null)]
    [InlineData("https://ci.example.org/", "proxy:3128", "ample.org", "proxy")]
    [InlineData("http://localhost:8080/", "proxy:3128", null, null)]
    public void The_proxy_comes_from_the_usual_variables(string url, string setting, string? exceptions, string? expected) =>
        Assert.Equal(expected, HttpProxy.For(new Uri(url), name => name switch { "HTTPS_PROXY" or "HTTP_PROXY" => setting, "no_proxy" => exceptions, _ => null })?.Host);

    private static AgentSettings Parse(params string[] arguments) => CommandLine.Parse(arguments, Variables());

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) => name => variables.FirstOrDefault(variable => variable.Name == name).Value;
}
