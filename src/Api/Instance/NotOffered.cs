using Microsoft.AspNetCore.Http;
using Slipway.Api.Access;
using Slipway.Api.Routing;
using Slipway.Feeds;

namespace Slipway.Api.Instance;

/// <summary>Paths of Jenkins' API that clients know and this server does not serve: each says so, why, and what to do instead. Nothing of them is done in silence.</summary>
internal static class NotOffered
{
    private const string NoScripts = "Scripts cannot be run on the controller: there is no script console, here or on a node. Use a pipeline job for what runs on an agent, and the API for the rest.";
    private const string NoSupervision = "The server does not stop, restart or quiet itself down on request: its supervisor (systemd, Kubernetes) does. A restart loses nothing: runs go on where they stood.";
    private const string NoViews = "Views are not offered: every folder has the one view 'all'.";
    private const string NoCredentials = "Credentials are not kept by this version.";
    private const string NoPlugins = "There are no plugins to install or remove: what is there is built in (GET /pluginManager/api/json lists it).";
    private const string NoConfiguration = "Configuration as code is not offered by this version.";

    public static void Map(ApiRoutes routes)
    {
        Refuse(routes, StatusCodes.Status403Forbidden, Permission.Administer, NoScripts, "/script", "/scriptText", "/computer/{name}/script", "/computer/{name}/scriptText");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Administer, NoSupervision, "/restart", "/safeRestart", "/quietDown", "/cancelQuietDown", "/exit", "/safeExit", "/reload");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Configure, NoViews,
            "/createView", "/view/{view}/config.xml", "/view/{view}/doDelete", "/view/{view}/addJobToView", "/view/{view}/removeJobFromView");
        routes.Job("ANY", Permission.Configure, (context, _) => Refusal.WriteAsync(context, StatusCodes.Status501NotImplemented, NoViews), "createView");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Configure, NoCredentials, "/credentials/{**path}");
        routes.Job("ANY", Permission.Configure, (context, _) => Refusal.WriteAsync(context, StatusCodes.Status501NotImplemented, NoCredentials), "credentials/");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Administer, NoPlugins, "/pluginManager/installNecessaryPlugins", "/pluginManager/uploadPlugin", "/pluginManager/install");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Administer, NoConfiguration, "/configuration-as-code/{**path}");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Administer,
            "The config.xml of a node cannot be changed: delete the node and create it anew.", "/computer/{name}/config.xml");
        Refuse(routes, StatusCodes.Status501NotImplemented, Permission.Administer,
            "Agents connect by themselves, and a connection is not cut from here. Take the node offline (toggleOffline) to give it no new work.", "/computer/{name}/doDisconnect", "/computer/{name}/launchSlaveAgent");
        routes.Job("ANY", Permission.Build, (context, route) => Refusal.WriteAsync(context, StatusCodes.Status501NotImplemented,
            $"{route.Job} is a pipeline: its workspaces belong to nodes and are made fresh, so there is none to wipe out. In the Jenkinsfile, cleanWs() empties one."), "doWipeOutWorkspace");
        routes.Run("ANY", Permission.Build, (context, route) => Outcomes.NotFoundAsync(context, $"{route.Job} waits for no input: the step 'input' is not offered by this version."), "input/", "wfapi/inputSubmit");
    }

    private static void Refuse(ApiRoutes routes, int status, Permission needs, string message, params string[] patterns)
    {
        foreach (var pattern in patterns)
        {
            routes.Plain("ANY", pattern, needs, context => Refusal.WriteAsync(context, status, message));
        }
    }
}
