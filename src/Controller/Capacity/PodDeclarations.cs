using Slipway.Model;
using Slipway.Provisioning;

namespace Slipway.Controller.Capacity;

/// <summary>What pipelines declare, as the clouds that make pods understand it: each with its own templates as parents.</summary>
internal sealed class PodDeclarations(CloudFollower clouds)
{
    /// <returns>What each cloud makes of it; null where the request declares nothing of its label.</returns>
    /// <exception cref="NodeTemplateException">A template is wrong, or no cloud can make it.</exception>
    public IReadOnlyList<TemplateOffer>? Resolve(ExecutorRequest request, LabelExpression? label)
    {
        if (label is null || !request.Templates.Any(t => label.Matches(LabelExpression.SplitLabels(t.Label))))
        {
            return null;
        }

        var makers = Makers();
        if (makers.Count == 0)
        {
            throw new NodeTemplateException("The pipeline declares a pod, and no Kubernetes cloud is configured. Name one in the server's configuration (jenkins.clouds[].kubernetes).");
        }

        foreach (var name in request.Templates.Select(t => t.Cloud).OfType<string>().Where(name => !makers.Exists(c => c.Name == name)))
        {
            throw new NodeTemplateException($"Cloud does not exist: {name}. There {(makers.Count == 1 ? "is" : "are")}: {string.Join(", ", makers.Select(c => c.Name))}.");
        }

        List<TemplateOffer> offers = [.. makers.Select(c => (Cloud: c, Template: c.Resolve(request.Templates, label, request.Job))).Where(o => o.Template is not null).Select(o => new TemplateOffer(o.Cloud, o.Template!))];
        return offers.Count > 0 ? offers : null;
    }

    /// <summary>What <see cref="Resolve"/> depends on. It is the same objects until clouds, or their settings, change.</summary>
    public IReadOnlyList<object> Surroundings() => [.. Makers().SelectMany(c => new object[] { c, c.Templates })];

    /// <summary>Understands a waiting request anew if clouds or their settings changed since. With the ledger's lock held.</summary>
    public void Refresh(Waiter waiter)
    {
        if (waiter.Demand.Declared is null)
        {
            return;
        }

        var now = Surroundings();
        if (waiter.DeclaredWith.SequenceEqual(now, ReferenceEqualityComparer.Instance))
        {
            return;
        }

        waiter.DeclaredWith = now;
        try
        {
            waiter.Declare(Resolve(waiter.Request, waiter.Label) ?? []);
            waiter.WhyUndeclarable = null;
        }
        catch (NodeTemplateException fault)
        {
            // Its build asked when all was well: it waits for whoever changed the configuration to set it right.
            waiter.WhyUndeclarable = $"waiting for the pod that the pipeline declares, which cannot be made since the configuration changed: {fault.Message}";
        }
    }

    private List<IContainerCloud> Makers() => [.. clouds.Offering.OfType<IContainerCloud>()];
}
