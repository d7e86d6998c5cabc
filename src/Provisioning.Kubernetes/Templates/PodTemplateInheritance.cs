namespace Slipway.Provisioning.Kubernetes.Templates;

/// <summary>Follows <c>inheritFrom</c>: several parents, each with parents of its own.</summary>
public static class PodTemplateInheritance
{
    /// <summary>The template with everything that it inherits; it inherits nothing more.</summary>
    /// <param name="templates">What may be inherited from: the cloud's, and those of enclosing <c>podTemplate</c> blocks.</param>
    /// <param name="defaultParent">Inherited where a template names no parent at all; an empty <c>inheritFrom</c> inherits nothing.</param>
    /// <exception cref="PodTemplateException">A parent does not exist, or the templates inherit in a circle.</exception>
    public static PodTemplate Unwrap(PodTemplate template, IReadOnlyList<PodTemplate> templates, string? defaultParent = null) =>
        Unwrap(template, templates, defaultParent, []);

    private static PodTemplate Unwrap(PodTemplate template, IReadOnlyList<PodTemplate> templates, string? defaultParent, List<string> way)
    {
        var isDefault = template.InheritFrom is null;
        var names = (template.InheritFrom ?? (template.Name == defaultParent ? null : defaultParent) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        PodTemplate? inherited = null;
        foreach (var name in names)
        {
            // A pipeline's template may have the name of the one that it inherits from: then it is not itself that is meant.
            var parent = templates.LastOrDefault(candidate => candidate.Name == name && !ReferenceEquals(candidate, template)) ?? throw new PodTemplateException(
                $"The pod template '{template.Name}' inherits from '{name}'{(isDefault ? " (the cloud's defaultsProviderTemplate)" : "")}, which does not exist. "
                + (templates.All(candidate => string.IsNullOrWhiteSpace(candidate.Name)) ? "The cloud has no templates with a name." : $"There are: {string.Join(", ", templates.Select(candidate => candidate.Name).Where(candidate => !string.IsNullOrWhiteSpace(candidate)))}."));
            if (way.Contains(name))
            {
                throw new PodTemplateException($"The pod templates inherit in a circle: {string.Join(" → ", way)} → {name}. Take one of these out of its inheritFrom.");
            }

            inherited = PodTemplateMerge.Combine(inherited, Unwrap(parent, templates, defaultParent, [.. way, name]));
        }

        return PodTemplateMerge.Combine(inherited, template);
    }
}
