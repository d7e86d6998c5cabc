using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;
using Slipway.Web.Jobs;

namespace Slipway.Web.Runs;

internal static class RunActions
{
    public static Task<ActionResult> StopAsync(ActionRequest request, CancellationToken cancellation) => OnRunAsync(
        request,
        async run => new ActionResult(
            await request.Service<IRunCommands>().StopAsync(run.Run.Id, request["hard"] == "true", request.Caller, cancellation), Href(run), "Stopping."),
        cancellation);

    public static Task<ActionResult> RebuildAsync(ActionRequest request, CancellationToken cancellation) => OnRunAsync(
        request,
        async run =>
        {
            if (run.Parameters.Any(p => p.Type == ParameterType.Password))
            {
                // A password is never shown again, so it has to be typed again.
                return new ActionResult(CommandOutcome.Done, $"{request.Job.ToUrlPath()}build?from={run.Run.Number}");
            }

            var outcome = await request.Service<IRunCommands>().TriggerAsync(
                request.Job,
                run.Parameters.ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal),
                new UserCause(request.Caller.UserId, request.Caller.Name),
                TimeSpan.Zero,
                request.Caller,
                cancellation);
            return new ActionResult(outcome, request.Job.ToUrlPath(), $"{request.Job.Name} is queued with the parameters of #{run.Run.Number}.");
        },
        cancellation);

    public static Task<ActionResult> KeepAsync(ActionRequest request, CancellationToken cancellation) => OnRunAsync(
        request,
        async run => new ActionResult(
            await request.Service<IRunCommands>().SetKeptForeverAsync(run.Run.Id, request["kept"] != "false", request.Caller, cancellation),
            Href(run),
            request["kept"] == "false" ? "Retention may remove it again." : "Kept for ever."),
        cancellation);

    public static Task<ActionResult> DeleteAsync(ActionRequest request, CancellationToken cancellation) => OnRunAsync(
        request,
        async run =>
        {
            var outcome = await request.Service<IRunCommands>().DeleteAsync(run.Run.Id, request.Caller, cancellation);
            return new ActionResult(outcome, outcome.Succeeded ? request.Job.ToUrlPath() : Href(run), $"#{run.Run.Number} was deleted.");
        },
        cancellation);

    public static async Task<ActionResult> CancelQueuedAsync(ActionRequest request, CancellationToken cancellation)
    {
        // The item's own job decides, not the one that the address names.
        if (!long.TryParse(request["item"], out var id)
            || await request.Service<IQueueReads>().FindAsync(new QueueItemId(id), cancellation) is not { } item
            || !request.Page.Access.May(Permission.Build, item.Job))
        {
            return ActionResult.Refuse(CommandStatus.NotFound, "This request has left the queue.", "queue/");
        }

        var outcome = await request.Service<IRunCommands>().CancelQueuedAsync(item.Id, request.Caller, cancellation);
        return new ActionResult(outcome, request.Job.IsRoot || request["from"] == "queue" ? "queue/" : request.Job.ToUrlPath(), "Cancelled.");
    }

    private static async Task<ActionResult> OnRunAsync(ActionRequest request, Func<RunDetailView, Task<ActionResult>> act, CancellationToken cancellation) =>
        request.Page.Number("number") is { } number && await request.Service<IRunReads>().FindAsync(request.Job, RunReference.Of(number), cancellation) is { } run
            ? await act(run)
            : ActionResult.Refuse(CommandStatus.NotFound, $"There is no run #{request["number"]} of '{request.Job}'. It may have been deleted.", request.Job.IsRoot ? "./" : request.Job.ToUrlPath());

    private static string Href(RunDetailView run) => $"{run.Run.JobPath.ToUrlPath()}{run.Run.Number}/";
}
