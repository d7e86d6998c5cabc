using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Jobs;

internal static class JobActions
{
    private const string ParameterPrefix = "p.";

    public static async Task<ActionResult> TriggerAsync(ActionRequest request, CancellationToken cancellation)
    {
        if (await request.Service<IJobReads>().FindDetailAsync(request.Job, cancellation) is not { } detail)
        {
            return ActionResult.Refuse(CommandStatus.NotFound, $"There is no job '{request.Job}'. It may have been deleted or renamed.", "./");
        }

        if (detail.Parameters.Count > 0 && request.Field("answered").Length == 0)
        {
            return new ActionResult(CommandOutcome.Done, $"{request.Job.ToUrlPath()}build");
        }

        var outcome = await request.Service<IRunCommands>().TriggerAsync(
            request.Job,
            ReadParameters(request.Form),
            new UserCause(request.Caller.UserId, request.Caller.Name),
            TimeSpan.Zero,
            request.Caller,
            cancellation);
        return new ActionResult(outcome, request.Job.ToUrlPath(), $"{request.Job.Name} is queued.");
    }

    public static async Task<ActionResult> CreateAsync(ActionRequest request, CancellationToken cancellation)
    {
        var name = request.Field("name");
        var back = request.Job.IsRoot ? "newJob" : $"{request.Job.ToUrlPath()}newJob";
        if (!JobPath.IsLegalName(name, out var fault))
        {
            return ActionResult.Refuse(CommandStatus.Invalid, fault, back);
        }

        var form = ReadForm(request) with { IsFolder = request.Field("kind") == "folder" };
        if (FaultOf(form) is { } wrong)
        {
            return ActionResult.Refuse(CommandStatus.Invalid, wrong, back);
        }

        var path = request.Job.Child(name);
        var outcome = await request.Service<IJobCommands>().CreateAsync(path, JobConfigXml.Write(form, null), request.Caller, cancellation);
        return new ActionResult(outcome, outcome.Succeeded ? path.ToUrlPath() : back, $"{path} was created.");
    }

    public static async Task<ActionResult> ConfigureAsync(ActionRequest request, CancellationToken cancellation)
    {
        var back = $"{request.Job.ToUrlPath()}configure";
        var xml = request.Form["xml"].ToString();
        if (xml.Length == 0)
        {
            if (await request.Service<IJobReads>().ReadConfigAsync(request.Job, cancellation) is not { } existing || JobConfigXml.Read(existing) is not { } before)
            {
                return ActionResult.Refuse(CommandStatus.NotFound, $"The configuration of '{request.Job}' cannot be read as a form. Edit its config.xml.", back + "?as=xml");
            }

            var form = ReadForm(request) with { IsFolder = before.IsFolder, CredentialsId = before.CredentialsId };
            if (FaultOf(form) is { } wrong)
            {
                return ActionResult.Refuse(CommandStatus.Invalid, wrong, back);
            }

            xml = JobConfigXml.Write(form, existing);
        }

        var outcome = await request.Service<IJobCommands>().ConfigureAsync(request.Job, xml, request.Caller, cancellation);
        return new ActionResult(outcome, outcome.Succeeded ? request.Job.ToUrlPath() : back, "Saved.");
    }

    public static async Task<ActionResult> EnableAsync(ActionRequest request, CancellationToken cancellation)
    {
        var enabled = request["enabled"] != "false";
        var outcome = await request.Service<IJobCommands>().SetEnabledAsync(request.Job, enabled, request.Caller, cancellation);
        return new ActionResult(outcome, request.Job.ToUrlPath(), enabled ? "Enabled." : "Disabled.");
    }

    public static async Task<ActionResult> DeleteAsync(ActionRequest request, CancellationToken cancellation)
    {
        var outcome = await request.Service<IJobCommands>().DeleteAsync(request.Job, request.Caller, cancellation);
        var parent = request.Job.Parent.IsRoot ? "./" : request.Job.Parent.ToUrlPath();
        return new ActionResult(outcome, outcome.Succeeded ? parent : request.Job.ToUrlPath(), $"{request.Job} was deleted.");
    }

    /// <summary>The fields named after parameters. A box that is not ticked sends only the hidden <c>false</c> before it; an empty password means "the default".</summary>
    public static IReadOnlyDictionary<string, string> ReadParameters(IFormCollection form)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, values) in form)
        {
            if (key.StartsWith(ParameterPrefix, StringComparison.Ordinal) && values is [.., { } last])
            {
                parameters[key[ParameterPrefix.Length..]] = last.ReplaceLineEndings("\n");
            }
        }

        return parameters;
    }

    private static JobConfigForm ReadForm(ActionRequest request) => new(
        false,
        request.Field("description"),
        request.Field("source") == "inline" ? ScriptSource.Inline : ScriptSource.Scm,
        request.Form["script"].ToString(),
        request.Field("url"),
        request.Field("ref"),
        request.Field("scriptPath"),
        "",
        request.Field("disabled") == "true");

    private static string? FaultOf(JobConfigForm form) => form switch
    {
        { IsFolder: true } => null,
        { Source: ScriptSource.Scm, Url.Length: 0 } => "The repository is missing. Give the URL that 'git clone' takes, or write the script into the job.",
        { Source: ScriptSource.Inline } when string.IsNullOrWhiteSpace(form.Script) => "The script is empty. Write a pipeline, or take it from a git repository.",
        _ => null,
    };
}
