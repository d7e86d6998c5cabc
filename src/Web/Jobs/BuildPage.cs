using Slipway.Feeds;
using Slipway.Model;
using Slipway.Web.Hosting;

namespace Slipway.Web.Jobs;

/// <param name="Given">Values of an earlier run that the form begins with, by parameter.</param>
public sealed record BuildModel(JobView Job, IReadOnlyList<ParameterDefinition> Parameters, IReadOnlyDictionary<string, string> Given)
{
    public string ValueOf(ParameterDefinition parameter) => Given.TryGetValue(parameter.Name, out var given) ? given : parameter switch
    {
        StringParameter text => text.DefaultValue,
        TextParameter text => text.DefaultValue,
        BooleanParameter flag => flag.DefaultValue ? "true" : "false",
        ChoiceParameter choice => choice.Choices.Count > 0 ? choice.Choices[0] : "",

        // Never sent to the browser: left empty, the server takes the default.
        _ => "",
    };
}

internal static class BuildPage
{
    public static async Task<Page?> ReadAsync(PageRequest request, IServiceProvider services, CancellationToken cancellation)
    {
        if (await services.GetRequiredService<IJobReads>().FindDetailAsync(request.Job, cancellation) is not { Job.Kind: JobKind.Pipeline } detail)
        {
            return null;
        }

        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Number("from") is { } number
            && await services.GetRequiredService<IRunReads>().FindAsync(request.Job, RunReference.Of(number), cancellation) is { } earlier)
        {
            foreach (var parameter in earlier.Parameters.Where(p => p.Type != ParameterType.Password))
            {
                given[parameter.Name] = parameter.Value;
            }
        }

        return Page.Of<BuildContent>($"Run {request.Job.Name}", new BuildModel(detail.Job, detail.Parameters, given)) with
        {
            Crumbs = [.. JobCrumbs.Of(request.Job), new Crumb("Run", $"{request.Job.ToUrlPath()}build")],
        };
    }
}
