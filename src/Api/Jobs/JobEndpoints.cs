using Microsoft.AspNetCore.Http;
using Slipway.Api.Rendering;
using Slipway.Api.Routing;
using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Jobs;

/// <summary>Jobs and folders: reading, creating, configuring.</summary>
internal sealed class JobEndpoints(IJobReads jobs, IRunReads runs, IJobCommands commands)
{
    private const string EmptyFolder = "<?xml version='1.1' encoding='UTF-8'?>\n<com.cloudbees.hudson.plugins.folder.Folder/>\n";

    public void Map(ApiRoutes routes)
    {
        routes.Plain("POST", "/createItem", Permission.Configure, context => CreateAsync(context, JobPath.Root));
        routes.Plain("POST", "/view/{view}/createItem", Permission.Configure, context => CreateAsync(context, JobPath.Root));
        routes.Job("POST", Permission.Configure, (context, route) => CreateAsync(context, route.Job), "createItem");
        routes.Job("GET", Permission.Read, ReadAsync, "api/");
        routes.Job("GET", Permission.Configure, ReadConfigAsync, "config.xml");
        routes.Job("POST", Permission.Configure, WriteConfigAsync, "config.xml");
        routes.Job("POST", Permission.Configure, DeleteAsync, "doDelete");
        routes.Job("POST", Permission.Configure, (context, route) => EnableAsync(context, route, true), "enable");
        routes.Job("POST", Permission.Configure, (context, route) => EnableAsync(context, route, false), "disable");
        routes.Job("POST", Permission.Configure, RenameAsync, "doRename", "confirmRename");
        routes.Job("POST", Permission.Configure, SetNextNumberAsync, "nextbuildnumber/submit");
    }

    private async Task ReadAsync(HttpContext context, JobRoute route)
    {
        if (await jobs.FindAsync(route.Job, context.RequestAborted) is not { } job)
        {
            await MissingAsync(context, route);
            return;
        }

        await RemoteApi.WriteAsync(context, route.Rest["api/".Length..], new JobModels(Outcomes.RootUrl(context), jobs, runs).Of(job));
    }

    private async Task ReadConfigAsync(HttpContext context, JobRoute route)
    {
        if (await jobs.ReadConfigAsync(route.Job, context.RequestAborted) is not { } config)
        {
            await MissingAsync(context, route);
            return;
        }

        context.Response.ContentType = "application/xml;charset=utf-8";
        await context.Response.WriteAsync(config, context.RequestAborted);
    }

    private async Task WriteConfigAsync(HttpContext context, JobRoute route) =>
        await Outcomes.DoneAsync(context, await commands.ConfigureAsync(route.Job, await RequestBody.ReadTextAsync(context), Outcomes.CallerOf(context), context.RequestAborted));

    private async Task CreateAsync(HttpContext context, JobPath folder)
    {
        var name = await RequestBody.ReadValueAsync(context, "name") ?? "";
        if (!JobPath.IsLegalName(name, out var fault))
        {
            await Outcomes.InvalidAsync(context, fault);
            return;
        }

        var path = folder.Child(name);
        switch (await RequestBody.ReadValueAsync(context, "mode"))
        {
            case "copy":
                await CopyAsync(context, folder, path);
                break;
            case JobModels.FolderClass:
                await AnswerAsync(context, await commands.CreateAsync(path, EmptyFolder, Outcomes.CallerOf(context), context.RequestAborted), path);
                break;
            case { Length: > 0 } mode:
                await Outcomes.InvalidAsync(context, $"Jobs of mode '{mode}' cannot be made without their config.xml. Send it as the body; known modes: copy, {JobModels.FolderClass}.");
                break;
            default:
                await CreateFromBodyAsync(context, path);
                break;
        }
    }

    private async Task CreateFromBodyAsync(HttpContext context, JobPath path)
    {
        if (context.Request.HasFormContentType)
        {
            await Outcomes.InvalidAsync(context, "The body is a form. Send the job's config.xml with the type application/xml (curl: -H 'Content-Type: application/xml' --data-binary @config.xml), or name a mode.");
            return;
        }

        var outcome = await commands.CreateAsync(path, await RequestBody.ReadTextAsync(context), Outcomes.CallerOf(context), context.RequestAborted);

        // Jenkins answers 400 where the name is taken, and clients look for that.
        await (outcome.Succeeded ? Outcomes.DoneAsync(context) : Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest));
    }

    private async Task CopyAsync(HttpContext context, JobPath folder, JobPath to)
    {
        var from = await RequestBody.ReadValueAsync(context, "from") ?? "";
        if (!JobPath.TryParse(from, out var full, out var fault) || full.IsRoot)
        {
            await Outcomes.InvalidAsync(context, fault ?? "Name the job to copy as from=….");
            return;
        }

        // As in Jenkins: relative to the folder of the copy, else from the root.
        var source = from.StartsWith('/') || folder.IsRoot || !JobPath.TryParse($"{folder}/{from}", out var relative, out _) || await jobs.FindAsync(relative, context.RequestAborted) is null ? full : relative;
        await AnswerAsync(context, await commands.CopyAsync(source, to, Outcomes.CallerOf(context), context.RequestAborted), to);
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
        var name = await RequestBody.ReadValueAsync(context, "newName") ?? "";
        if (!JobPath.IsLegalName(name, out var fault))
        {
            await Outcomes.InvalidAsync(context, fault);
            return;
        }

        await AnswerAsync(context, await commands.RenameAsync(route.Job, name, Outcomes.CallerOf(context), context.RequestAborted), route.Job.Parent.Child(name));
    }

    private async Task SetNextNumberAsync(HttpContext context, JobRoute route)
    {
        if (!int.TryParse(await RequestBody.ReadValueAsync(context, "nextBuildNumber"), out var number))
        {
            await Outcomes.InvalidAsync(context, "nextBuildNumber must be a whole number.");
            return;
        }

        await Outcomes.RedirectAsync(context, await commands.SetNextNumberAsync(route.Job, number, Outcomes.CallerOf(context), context.RequestAborted), route.Job.ToUrlPath());
    }

    private static Task AnswerAsync(HttpContext context, CommandOutcome outcome, JobPath made) =>
        outcome.Succeeded ? Outcomes.RedirectAsync(context, made.ToUrlPath()) : Outcomes.RefuseAsync(context, outcome, conflict: StatusCodes.Status400BadRequest);

    private static Task MissingAsync(HttpContext context, JobRoute route) => Outcomes.NotFoundAsync(context, $"There is no job '{route.Job}'.");
}
