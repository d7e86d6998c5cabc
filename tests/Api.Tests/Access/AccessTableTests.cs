using System.Net;
using System.Text.RegularExpressions;
using Slipway.Api.Tests.Testing;
using Slipway.Feeds;

namespace Slipway.Api.Tests.Access;

public sealed partial class AccessTableTests(GuardedServer server)
{
    private static readonly string Committed = Path.Combine(Checkout.Root, "docs", "operations", "access-table.md");

    /// <summary>The routes that strangers reach, each for a reason that stands in docs/operations/access.md. Think hard before adding one.</summary>
    private static readonly HashSet<string> OpenToStrangers =
    [
        "GET /login", "POST /login", "POST /j_spring_security_check", "POST /logout", "GET /assets/{version}/…",
        "GET /tcpSlaveAgentListener", "any /wsagents/", "GET /agents/transfer/{operation}", "PUT /agents/transfer/{operation}",
        "GET /reload-configuration-as-code", "POST /reload-configuration-as-code",
    ];

    private static IReadOnlyList<AccessRow> RowsOf(ServerFixture server) => AccessTable.Of(server.Server.Endpoints);

    [Fact]
    public void Every_route_says_what_it_needs() => Assert.DoesNotContain(RowsOf(server), r => r.Needs is null);

    [Fact]
    public void The_committed_table_is_that_of_the_built_server()
    {
        var actual = AccessTable.Write(RowsOf(server));
        var committed = File.Exists(Committed) ? File.ReadAllText(Committed) : "";
        if (actual == committed)
        {
            return;
        }

        File.WriteAllText(Committed, actual);
        var (was, now) = (committed.Split('\n').ToHashSet(), actual.Split('\n').ToHashSet());
        Assert.Fail(
            $"Routes or what they need have changed. docs/operations/access-table.md was written anew; look whether each change is meant, and commit it.\n"
            + string.Concat(was.Except(now).Select(l => $"- {l}\n")) + string.Concat(now.Except(was).Select(l => $"+ {l}\n")));
    }

    [Fact]
    public void Only_what_a_stranger_must_reach_is_open_to_strangers() =>
        Assert.Equal(OpenToStrangers.Order(), RowsOf(server).Where(r => r.Needs == Permission.Anonymous).Select(r => $"{r.Method} {r.Path}").Order());

    [Fact]
    public async Task Strangers_are_refused_on_every_other_route()
    {
        using var stranger = server.NewClient();
        var answered = new List<string>();
        foreach (var row in RowsOf(server).Where(r => r.Needs != Permission.Anonymous))
        {
            foreach (var path in PathsOf(row))
            {
                using var answer = await stranger.SendAsync(new HttpRequestMessage(new HttpMethod(row.Method), path));
                if (answer.StatusCode != HttpStatusCode.Unauthorized || (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Length > 200)
                {
                    answered.Add($"{row.Method} {path}: {(int)answer.StatusCode}");
                }
            }
        }

        Assert.Empty(answered);
    }

    [Fact]
    public async Task Requests_that_change_state_are_refused_without_a_crumb_whoever_sends_them()
    {
        using var administrator = server.NewAdministrator();
        var answered = new List<string>();
        foreach (var row in RowsOf(server).Where(r => r is { Needs: not Permission.Anonymous, ChecksCrumb: true, Method: "POST" }))
        {
            foreach (var path in PathsOf(row))
            {
                using var answer = await administrator.PostAsync(path);
                var reason = answer.Headers.TryGetValues("X-Error", out var values) ? values.Single() : "";
                if (answer.StatusCode != HttpStatusCode.Forbidden || !reason.StartsWith("No valid crumb", StringComparison.Ordinal))
                {
                    answered.Add($"{row.Method} {path}: {(int)answer.StatusCode} {reason}");
                }
            }
        }

        Assert.Empty(answered);
    }

    /// <summary>Requests that reach the route: a value for every parameter, and each of the alternatives.</summary>
    private static IEnumerable<string> PathsOf(AccessRow row)
    {
        var head = Rule().Replace(row.Path, "");
        string[] tails = [""];
        if (row.Path.Contains(" | ", StringComparison.Ordinal) || row.Path.StartsWith("/job/{job}/", StringComparison.Ordinal))
        {
            var at = row.Path.StartsWith("/job/{job}/{run}/", StringComparison.Ordinal) ? "/job/{job}/{run}/".Length : "/job/{job}/".Length;
            (head, tails) = (row.Path[..at], row.Path[at..].Split(" | "));
        }

        return tails.Select(tail => Parameter().Replace((head + tail).Replace("…", "x/", StringComparison.Ordinal), m => m.Value is "{run}" or "{id}" ? "1" : "x"));
    }

    [GeneratedRegex(@" \(.*\)$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();
}
