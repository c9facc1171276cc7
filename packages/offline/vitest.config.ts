import { nodeProjects } from "@parfocal/vitest-config";

export default nodeProjects();
