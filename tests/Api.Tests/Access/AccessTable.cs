using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slipway.Api.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Tests.Access;

/// <param name="Path">As people read it: <c>/job/{job}/build</c>.</param>
internal sealed record AccessRow(string Method, string Path, Permission? Needs, bool ChecksCrumb);

/// <summary>What every route of the built server needs, in the form in which it is committed.</summary>
internal static partial class AccessTable
{
    public static IReadOnlyList<AccessRow> Of(IEnumerable<Endpoint> endpoints) =>
        [.. endpoints.SelectMany(RowsOf).Distinct().OrderBy(r => r.Path, StringComparer.Ordinal).ThenBy(r => r.Method, StringComparer.Ordinal)];

    public static string Write(IReadOnlyList<AccessRow> rows)
    {
        var text = new StringBuilder();
        text.Append("""
            # Who may do what: every route

            This table is written from the built server, and a test fails where the two differ. It is how a change of a route's needs shows in a review.

            - **needs**: `Anonymous` asks nothing; `Read` and all above it ask for a login, unless the server runs open. Until there are roles, administrators may do everything, and other users everything but what needs `Administer`; the words say what a role will have to grant.
            - **crumb**: whether a request that changes state must show that it was meant (see [access](access.md)). A request with an API token never needs to.
            - `…` stands for what may follow. Paths below `/job/` are there below `/view/{view}/` too. HEAD goes with GET.
            - Agents' own routes ask for the agent's name and secret instead of a login, and `/reload-configuration-as-code` for the reload token.


            """);
        text.Append("| method | path | needs | crumb |\n|---|---|---|---|\n");
        foreach (var row in rows)
        {
            text.Append($"| {row.Method} | `{row.Path.Replace("|", "\\|", StringComparison.Ordinal)}` | {row.Needs?.ToString() ?? "**nothing said: answers nobody**"} | {(row.Method == "GET" ? "" : row.ChecksCrumb ? "yes" : "no")} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<AccessRow> RowsOf(Endpoint endpoint)
    {
        var needs = endpoint.Metadata.GetMetadata<RouteNeeds>();
        var shape = endpoint.Metadata.GetMetadata<RouteShape>()?.Path;
        if (shape?.StartsWith("/view/", StringComparison.Ordinal) == true)
        {
            // The same handlers as below /job/, mapped in one call.
            yield break;
        }

        var path = shape ?? Readable().Replace("/" + ((RouteEndpoint)endpoint).RoutePattern.RawText?.TrimStart('/'), m => m.Groups["rest"].Success ? "…" + (m.Groups["rule"].Success ? $" ({m.Groups["rule"].Value})" : "") : $"{{{m.Groups["name"].Value}}}");
        var methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["any"];
        foreach (var method in methods.Where(m => m != "HEAD"))
        {
            yield return new AccessRow(method, path, needs?.Permission, needs?.ChecksCrumb ?? true);
        }
    }

    [GeneratedRegex(@"\{(?<rest>\*\*)?(?<name>\w+)(:(?<rule>[^}]*))?\}")]
    private static partial Regex Readable();
}
