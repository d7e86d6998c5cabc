using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Jobs;

/// <summary>Asking for runs.</summary>
internal sealed partial class BuildEndpoints(IJobReads jobs, IRunCommands commands)
{
    public void Map(ApiRoutes routes)
    {
        routes.Job("POST", Permission.Build, (context, route) => BuildAsync(context, route, withParameters: false), "build");
        routes.Job("POST", Permission.Build, (context, route) => BuildAsync(context, route, withParameters: true), "buildWithParameters");
    }

    private async Task BuildAsync(HttpContext context, JobRoute route, bool withParameters)
    {
        if (await jobs.FindDetailAsync(route.Job, context.RequestAborted) is not { } job)
        {
            await Outcomes.NotFoundAsync(context, $"There is no job '{route.Job}'.");
            return;
        }

        if (withParameters && job is { Job.Kind: JobKind.Pipeline, Parameters.Count: 0 })
        {
            await Outcomes.InvalidAsync(context, $"{route.Job} is not parameterized. Use /build. (Parameters that the Jenkinsfile declares are known after its first run.)");
            return;
        }

        Dictionary<string, string> given;
        TimeSpan? delay;
        try
        {
            given = await ReadParametersAsync(context, withParameters);
            delay = ReadDelay(await RequestBody.ReadValueAsync(context, "delay") ?? "");
        }
        catch (FormatException fault)
        {
            await Outcomes.InvalidAsync(context, fault.Message);
            return;
        }

        var caller = Outcomes.CallerOf(context);
        var note = context.Request.Query["cause"].ToString();
        RunCause cause = note.Length > 0 ? new RemoteCause(caller.RemoteAddress ?? "unknown", note) : new UserCause(caller.UserId, caller.Name);
        var outcome = await commands.TriggerAsync(route.Job, given, cause, delay, caller, context.RequestAborted);
        if (!outcome.Succeeded)
        {
            await Outcomes.RefuseAsync(context, outcome);
            return;
        }

        // Clients take the item's number from the end of this URL, and some count its slashes.
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"{Outcomes.RootUrl(context)}queue/item/{outcome.Value}/";
        context.Response.ContentLength = 0;
    }

    /// <summary>Parameters as Jenkins' clients give them: in the query or form of buildWithParameters, or as <c>json={"parameter":[{"name":…,"value":…}]}</c> in the form of build.</summary>
    private static async Task<Dictionary<string, string>> ReadParametersAsync(HttpContext context, bool withParameters)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        var form = await RequestBody.ReadFormAsync(context);
        if (form.Files.Count > 0)
        {
            throw new FormatException($"The file parameter '{form.Files[0].Name}' cannot be taken: file parameters are not supported yet.");
        }

        if (withParameters)
        {
            foreach (var (name, value) in context.Request.Query.Concat(form))
            {
                given[name] = value.ToString();
            }
        }

        if (form["json"].ToString() is { Length: > 0 } json)
        {
            ReadJson(json, given);
        }

        return given;
    }

    internal static void ReadJson(string json, Dictionary<string, string> given)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("parameter", out var parameters))
            {
                return;
            }

            // One parameter may come without the list around it.
            foreach (var parameter in parameters.ValueKind == JsonValueKind.Array ? parameters.EnumerateArray().ToList() : [parameters])
            {
                if (parameter.TryGetProperty("name", out var name) && parameter.TryGetProperty("value", out var value))
                {
                    given[name.GetString() ?? ""] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The form field json cannot be read: {fault.Message}", fault);
        }
    }

    /// <summary>A quiet period as Jenkins writes it: <c>5</c>, <c>5sec</c>, <c>1min</c>, <c>1hour</c>. Null where none is given.</summary>
    internal static TimeSpan? ReadDelay(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        var match = Delay().Match(text);
        if (!match.Success || !int.TryParse(match.Groups[1].ValueSpan, out var number))
        {
            throw new FormatException($"Invalid quiet period: '{text}'. Write it as 5sec, 1min or 1hour.");
        }

        return match.Groups[2].Value.ToLowerInvariant() switch
        {
            ['m', ..] => TimeSpan.FromMinutes(number),
            ['h', ..] => TimeSpan.FromHours(number),
            _ => TimeSpan.FromSeconds(number),
        };
    }

    [GeneratedRegex(@"^(\d{1,7})\s*(secs?|seconds?|s|mins?|minutes?|m|hours?|hrs?|h)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Delay();
}
