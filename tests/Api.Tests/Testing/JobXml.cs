using System.Security;

namespace Slipway.Api.Tests.Testing;

/// <summary>Configurations as clients send them.</summary>
internal static class JobXml
{
    public const string Folder = "<com.cloudbees.hudson.plugins.folder.Folder plugin=\"cloudbees-folder@6.1.2\"><actions/><description></description><properties/><folderViews/><healthMetrics/></com.cloudbees.hudson.plugins.folder.Folder>";

    public static string Pipeline(string script, string properties = "") => $"""
        <?xml version='1.1' encoding='UTF-8'?>
        <flow-definition plugin="workflow-job@1400">
          <description>made by a test</description>
          <keepDependencies>false</keepDependencies>
          <properties>{properties}</properties>
          <definition class="org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition" plugin="workflow-cps@3900">
            <script>{SecurityElement.Escape(script)}</script>
            <sandbox>true</sandbox>
          </definition>
          <triggers/>
          <disabled>false</disabled>
        </flow-definition>
        """;

    public static string FromGit(string url, string branch = "*/main") => $"""
        <flow-definition plugin="workflow-job@1400">
          <definition class="org.jenkinsci.plugins.workflow.cps.CpsScmFlowDefinition" plugin="workflow-cps@3900">
            <scm class="hudson.plugins.git.GitSCM" plugin="git@5.2">
              <configVersion>2</configVersion>
              <userRemoteConfigs><hudson.plugins.git.UserRemoteConfig><url>{SecurityElement.Escape(url)}</url></hudson.plugins.git.UserRemoteConfig></userRemoteConfigs>
              <branches><hudson.plugins.git.BranchSpec><name>{branch}</name></hudson.plugins.git.BranchSpec></branches>
            </scm>
            <scriptPath>Jenkinsfile</scriptPath>
            <lightweight>true</lightweight>
          </definition>
        </flow-definition>
        """;

    public static string StringParameter(string name, string fallback) =>
        $"<hudson.model.ParametersDefinitionProperty><parameterDefinitions><hudson.model.StringParameterDefinition><name>{name}</name><defaultValue>{fallback}</defaultValue></hudson.model.StringParameterDefinition></parameterDefinitions></hudson.model.ParametersDefinitionProperty>";
}
