using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Jobs;

/// <summary>Jobs and folders: reading, creating, configuring, building.</summary>
internal sealed partial class JobEndpoints(IJobReads jobs, IRunReads runs, IJobCommands commands, IRunCommands runCommands)
{
    private const string EmptyFolder = "<?xml version='1.1' encoding='UTF-8'?>\n<com.cloudbees.hudson.plugins.folder.Folder/>\n";

    public void Map(ApiRoutes routes)
    {
        routes.Plain("GET", "/api/{format}", Permission.Read, ReadServerAsync);
        routes.Plain("GET", "/view/{view}/api/{format}", Permission.Read, ReadViewAsync);
        routes.Plain("POST", "/createItem", Permission.Configure, context => CreateAsync(context, JobPath.Root));
        routes.Plain("POST", "/view/{view}/createItem", Permission.Configure, context => CreateAsync(context, JobPath.Root));
        routes.Job("POST", Permission.Configure, (context, route) => CreateAsync(context, route.Job), "createItem");
        routes.Job("GET", Permission.Read, ReadAsync, "api/");
        routes.Job("GET", Permission.Configure, ReadConfigAsync, "config.xml");
        routes.Job("POST", Permission.Configure, WriteConfigAsync, "config.xml");
        routes.Job("POST", Permission.Build, (context, route) => BuildAsync(context, route, withParameters: false), "build");
        routes.Job("ANY", Permission.Build, (context, route) => BuildAsync(context, route, withParameters: true), "buildWithParameters");
        routes.Job("POST", Permission.Configure, DeleteAsync, "doDelete");
        routes.Job("POST", Permission.Configure, (context, route) => EnableAsync(context, route, true), "enable");
        routes.Job("POST", Permission.Configure, (context, route) => EnableAsync(context, route, false), "disable");
        routes.Job("POST", Permission.Configure, RenameAsync, "doRename", "confirmRename");
        routes.Job("POST", Permission.Configure, SetNextNumberAsync, "nextbuildnumber/submit");
    }

    private Task ReadServerAsync(HttpContext context) => RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), JobModels.Server(Outcomes.RootUrl(context), jobs));

    private Task ReadViewAsync(HttpContext context) =>
        string.Equals(context.GetRouteValueText("view"), "all", StringComparison.OrdinalIgnoreCase)
            ? RemoteApi.WriteAsync(context, context.GetRouteValueText("format"), JobModels.AllView(Outcomes.RootUrl(context), jobs))
            : Outcomes.NotFoundAsync(context, $"There is no view '{context.GetRouteValueText("view")}'. There is one, 'all'.");

    private async Task ReadAsync(HttpContext context, JobRoute route)
    {
        if (await jobs.FindAsync(route.Job, context.RequestAborted) is not { } job)
        {
            await MissingAsync(context, route);
            return;
        }

        await RemoteApi.WriteAsync(context, route.Rest["api/".Length..], JobModels.Of(job, Outcomes.RootUrl(context), jobs, runs));
    }

    private async Task ReadConfigAsync(HttpContext context, JobRoute route)
    {
        if (await jobs.ReadConfigAsync(route.Job, context.RequestAborted) is not { } config)
        {
            await MissingAsync(context, route);
            return;
        }

        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(config, context.RequestAborted);
    }

    private async Task WriteConfigAsync(HttpContext context, JobRoute route)
    {
        var outcome = await commands.ConfigureAsync(route.Job, await Outcomes.ReadTextAsync(context), Outcomes.CallerOf(context), context.RequestAborted);
        if (!outcome.Succeeded)
        {
            await Outcomes.RefuseAsync(context, outcome);
            return;
        }

        context.Response.ContentLength = 0;
    }

    private async Task CreateAsync(HttpContext context, JobPath folder)
    {
        var caller = Outcomes.CallerOf(context);
        var name = await Outcomes.ValueAsync(context, "name") ?? "";
        if (!JobPath.IsLegalName(name, out var fault))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, fault);
            return;
        }

        var mode = await Outcomes.ValueAsync(context, "mode");
        if (mode == "copy")
        {
            await CopyAsync(context, folder, name);
            return;
        }

        string config;
        if (mode is { Length: > 0 })
        {
            if (mode != JobModels.FolderClass)
            {
                await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"Jobs of mode '{mode}' cannot be made without their config.xml. Send it as the body; known modes: copy, {JobModels.FolderClass}.");
                return;
            }

            config = EmptyFolder;
        }
        else if (context.Request.HasFormContentType)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "The body is a form. Send the job's config.xml as application/xml, or name a mode.");
            return;
        }
        else
        {
            config = await Outcomes.ReadTextAsync(context);
        }

        var outcome = await commands.CreateAsync(folder.Child(name), config, caller, context.RequestAborted);
        if (!outcome.Succeeded)
        {
            // Jenkins answers 400 where the name is taken, and clients look for that.
            await Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest);
        }
        else if (mode is { Length: > 0 })
        {
            await Outcomes.RedirectAsync(context, folder.Child(name).ToUrlPath());
        }
        else
        {
            context.Response.ContentLength = 0;
        }
    }

    private async Task CopyAsync(HttpContext context, JobPath folder, string name)
    {
        var from = await Outcomes.ValueAsync(context, "from") ?? "";
        if (!JobPath.TryParse(from.StartsWith('/') || folder.IsRoot ? from : $"{folder}/{from}", out var source, out var fault) || source.IsRoot)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, fault ?? "Name the job to copy as from=….");
            return;
        }

        var outcome = await commands.CopyAsync(source, folder.Child(name), Outcomes.CallerOf(context), context.RequestAborted);
        if (outcome.Succeeded)
        {
            await Outcomes.RedirectAsync(context, folder.Child(name).ToUrlPath());
        }
        else
        {
            await Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest);
        }
    }

    private async Task BuildAsync(HttpContext context, JobRoute route, bool withParameters)
    {
        if (await jobs.FindDetailAsync(route.Job, context.RequestAborted) is not { } job)
        {
            await MissingAsync(context, route);
            return;
        }

        if (withParameters && job.Parameters.Count == 0)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, $"{route.Job} is not parameterized. Use /build.");
            return;
        }

        Dictionary<string, string> given;
        TimeSpan? delay;
        try
        {
            given = await ReadParametersAsync(context, withParameters);
            delay = ReadDelay(context);
        }
        catch (FormatException fault)
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, fault.Message);
            return;
        }

        var caller = Outcomes.CallerOf(context);
        var note = context.Request.Query["cause"].ToString();
        RunCause cause = note.Length > 0 ? new RemoteCause(caller.RemoteAddress ?? "unknown", note) : new UserCause(caller.UserId, caller.Name);
        var outcome = await runCommands.TriggerAsync(route.Job, given, cause, delay, caller, context.RequestAborted);
        if (!outcome.Succeeded)
        {
            await Outcomes.RefuseAsync(context, outcome);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = $"{Outcomes.RootUrl(context)}queue/item/{outcome.Value}/";
        context.Response.ContentLength = 0;
    }

    private async Task DeleteAsync(HttpContext context, JobRoute route) => await Outcomes.RedirectAsync(
        context,
        await commands.DeleteAsync(route.Job, Outcomes.CallerOf(context), context.RequestAborted),
        route.Job.Parent.ToUrlPath());

    private async Task EnableAsync(HttpContext context, JobRoute route, bool enabled) => await Outcomes.RedirectAsync(
        context,
        await commands.SetEnabledAsync(route.Job, enabled, Outcomes.CallerOf(context), context.RequestAborted),
        route.Job.ToUrlPath());

    private async Task RenameAsync(HttpContext context, JobRoute route)
    {
        var name = await Outcomes.ValueAsync(context, "newName") ?? "";
        if (!JobPath.IsLegalName(name, out var fault))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, fault);
            return;
        }

        var outcome = await commands.RenameAsync(route.Job, name, Outcomes.CallerOf(context), context.RequestAborted);
        if (outcome.Succeeded)
        {
            await Outcomes.RedirectAsync(context, route.Job.Parent.Child(name).ToUrlPath());
        }
        else
        {
            await Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest);
        }
    }

    private async Task SetNextNumberAsync(HttpContext context, JobRoute route)
    {
        if (!int.TryParse(await Outcomes.ValueAsync(context, "nextBuildNumber"), out var number))
        {
            await Refusal.WriteAsync(context, StatusCodes.Status400BadRequest, "nextBuildNumber must be a whole number.");
            return;
        }

        await Outcomes.RedirectAsync(context, await commands.SetNextNumberAsync(route.Job, number, Outcomes.CallerOf(context), context.RequestAborted), route.Job.ToUrlPath());
    }

    /// <summary>Parameters as Jenkins' clients give them: in the query or form of buildWithParameters, or as <c>json={"parameter":[{"name":…,"value":…}]}</c> in the form of build.</summary>
    private static async Task<Dictionary<string, string>> ReadParametersAsync(HttpContext context, bool withParameters)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(context.RequestAborted) : FormCollection.Empty;
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

    private static void ReadJson(string json, Dictionary<string, string> given)
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
                    given[name.GetString() ?? ""] = value.ValueKind switch
                    {
                        JsonValueKind.True => "true",
                        JsonValueKind.False => "false",
                        JsonValueKind.String => value.GetString()!,
                        _ => value.GetRawText(),
                    };
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The form field json cannot be read: {fault.Message}", fault);
        }
    }

    private static TimeSpan? ReadDelay(HttpContext context)
    {
        var text = context.Request.Query["delay"].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        var match = Delay().Match(text);
        if (!match.Success || !int.TryParse(match.Groups[1].ValueSpan, out var number))
        {
            throw new FormatException($"Invalid quiet period: '{text}'. Write it as 5sec, 1min or 1hour.");
        }

        return match.Groups[2].Value.TrimEnd('s') switch
        {
            "min" or "minute" or "m" => TimeSpan.FromMinutes(number),
            "hour" or "h" or "hr" => TimeSpan.FromHours(number),
            _ => TimeSpan.FromSeconds(number),
        };
    }

    private static Task MissingAsync(HttpContext context, JobRoute route) => Outcomes.NotFoundAsync(context, $"There is no job '{route.Job}'.");

    [GeneratedRegex(@"^(\d{1,9})\s*(secs?|seconds?|s|mins?|minutes?|m|hours?|hrs?|h)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Delay();
}
